//! Runs the lesson: `cargo run --bin 11-http -- --help`.

use std::process::ExitCode;

fn main() -> ExitCode {
    lesson::run(&lesson_11_http::LESSON, lesson_11_http::serve)
}
