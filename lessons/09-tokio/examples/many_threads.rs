//! A, B and C on two threads: `cargo run -p lesson-09-tokio --example many_threads`. Takes the lesson's flags.

use std::process::ExitCode;

use lesson_09_tokio::{MANY_THREADS, serve_on_threads};

fn main() -> ExitCode {
    lesson::run(&MANY_THREADS, |server| serve_on_threads(2, server))
}
