//! The notes say what the program does.

use lesson_04_decorator::LESSON;

#[test]
fn the_notes_hold() {
    let exe = env!("CARGO_BIN_EXE_04-decorator");
    lesson::notes::check(&LESSON, exe, env!("CARGO_MANIFEST_DIR"));
}
