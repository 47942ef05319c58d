//! Runs the lesson: `cargo run --bin 05-driver -- --help`.

use std::process::ExitCode;

fn main() -> ExitCode {
    lesson::run(&lesson_05_driver::LESSON, lesson_05_driver::serve)
}
