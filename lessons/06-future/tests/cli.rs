//! The program itself, with every good and bad input.

use lesson_06_future::LESSON;

#[test]
fn the_command_line_keeps_its_promises() {
    lesson::check::command_line(env!("CARGO_BIN_EXE_06-future"), &LESSON);
}
