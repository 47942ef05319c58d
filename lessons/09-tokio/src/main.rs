//! Runs the lesson: `cargo run --bin 09-tokio -- --help`.

use std::process::ExitCode;

fn main() -> ExitCode {
    lesson::run(&lesson_09_tokio::LESSON, lesson_09_tokio::serve)
}
