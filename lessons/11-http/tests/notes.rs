//! The notes say what the program does.

use lesson_11_http::LESSON;

#[test]
fn the_notes_hold() {
    let exe = env!("CARGO_BIN_EXE_11-http");
    lesson::notes::check(&LESSON, exe, env!("CARGO_MANIFEST_DIR"));
}
