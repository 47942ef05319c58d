//! Runs the lesson: `cargo run --bin 10-streams -- --help`.

use std::process::ExitCode;

fn main() -> ExitCode {
    lesson::run(&lesson_10_streams::LESSON, lesson_10_streams::serve)
}
