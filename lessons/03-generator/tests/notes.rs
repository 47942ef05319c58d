//! The notes say what the program does.

use lesson_03_generator::LESSON;

#[test]
fn the_notes_hold() {
    let exe = env!("CARGO_BIN_EXE_03-generator");
    lesson::notes::check(&LESSON, exe, env!("CARGO_MANIFEST_DIR"));
}
