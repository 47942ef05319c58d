//! Runs the lesson: `cargo run --bin 04-decorator -- --help`.

use std::process::ExitCode;

fn main() -> ExitCode {
    lesson::run(&lesson_04_decorator::LESSON, lesson_04_decorator::serve)
}
