//! Runs the lesson: `cargo run --bin 07-executor -- --help`.

use std::process::ExitCode;

fn main() -> ExitCode {
    lesson::run(&lesson_07_executor::LESSON, lesson_07_executor::serve)
}
