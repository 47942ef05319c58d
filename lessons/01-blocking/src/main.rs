//! Runs the lesson: `cargo run --bin 01-blocking -- --help`.

use std::process::ExitCode;

fn main() -> ExitCode {
    lesson::run(&lesson_01_blocking::LESSON, lesson_01_blocking::serve)
}
