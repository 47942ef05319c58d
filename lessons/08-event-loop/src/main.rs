//! Runs the lesson: `cargo run --bin 08-event-loop -- --help`.

use std::process::ExitCode;

fn main() -> ExitCode {
    lesson::run(&lesson_08_event_loop::LESSON, lesson_08_event_loop::serve)
}
