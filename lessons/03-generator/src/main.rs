//! Runs the lesson: `cargo run --bin 03-generator -- --help`.

use std::process::ExitCode;

fn main() -> ExitCode {
    lesson::run(&lesson_03_generator::LESSON, lesson_03_generator::serve)
}
