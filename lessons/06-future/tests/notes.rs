//! The notes say what the program does.

use lesson_06_future::LESSON;

#[test]
fn the_notes_hold() {
    let exe = env!("CARGO_BIN_EXE_06-future");
    lesson::notes::check(&LESSON, exe, env!("CARGO_MANIFEST_DIR"));
}
