//! The notes say what the program does.

use lesson_01_blocking::LESSON;

#[test]
fn the_notes_hold() {
    let exe = env!("CARGO_BIN_EXE_01-blocking");
    lesson::notes::check(&LESSON, exe, env!("CARGO_MANIFEST_DIR"));
}
