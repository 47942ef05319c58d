//! The notes say what the program does.

use lesson_12_chat::LESSON;

#[test]
fn the_notes_hold() {
    let exe = env!("CARGO_BIN_EXE_12-chat");
    lesson::notes::check(&LESSON, exe, env!("CARGO_MANIFEST_DIR"));
}
