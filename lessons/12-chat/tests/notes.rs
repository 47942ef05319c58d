//! The notes say what the program does.

use lesson_12_chat::LESSON;

#[test]
fn the_notes_hold() {
    let exe = env!("CARGO_BIN_EXE_12-chat");
    lesson::notes::check(&LESSON, exe, env!("CARGO_MANIFEST_DIR"));
}

/// Each line of the table stands in the sources: the left in ours, the right in the example's.
#[test]
fn the_notes_lay_our_lines_beside_axums() {
    const NOTES: &str = include_str!("../README.md");
    let (_, table) = NOTES
        .split_once("| here | on axum |\n| --- | --- |\n")
        .unwrap();
    let (table, _) = table.split_once("\n\n").unwrap();
    let ours = [
        include_str!("../src/member.rs"),
        include_str!("../src/page.rs"),
        include_str!("../src/room.rs"),
        include_str!("../src/rooms.rs"),
    ];
    let theirs = include_str!("../examples/axum/room.rs");
    for row in table.lines() {
        let quoted = row.trim_matches(['|', ' ']).replace("\\|", "|");
        let (left, right) = quoted.split_once("` | `").expect(row);
        let [left, right] = [left, right].map(|code| code.trim_matches('`'));
        assert!(ours.iter().any(|file| file.contains(left)), "{left}");
        assert!(theirs.contains(right), "{right}");
    }
}
