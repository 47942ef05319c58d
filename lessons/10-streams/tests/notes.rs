//! The notes say what the program does.

use lesson_10_streams::LESSON;

#[test]
fn the_notes_hold() {
    let exe = env!("CARGO_BIN_EXE_10-streams");
    lesson::notes::check(&LESSON, exe, env!("CARGO_MANIFEST_DIR"));
}
