//! Runs the lesson: `cargo run --bin 06-future -- --help`.

use std::process::ExitCode;

fn main() -> ExitCode {
    lesson::run(&lesson_06_future::LESSON, lesson_06_future::serve)
}
