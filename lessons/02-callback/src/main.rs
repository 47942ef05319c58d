//! Runs the lesson: `cargo run --bin 02-callback -- --help`.

use std::process::ExitCode;

fn main() -> ExitCode {
    lesson::run(&lesson_02_callback::LESSON, lesson_02_callback::serve)
}
