//! The program itself, with every good and bad input.

use lesson_11_http::LESSON;

#[test]
fn the_command_line_keeps_its_promises() {
    lesson::check::command_line(env!("CARGO_BIN_EXE_11-http"), &LESSON);
}
