//! The notes say what the program does.

use lesson_05_driver::LESSON;

#[test]
fn the_notes_hold() {
    let exe = env!("CARGO_BIN_EXE_05-driver");
    lesson::notes::check(&LESSON, exe, env!("CARGO_MANIFEST_DIR"));
}
