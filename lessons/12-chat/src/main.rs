//! Runs the lesson, and opens the room: `cargo run --bin 12-chat -- --help`.

mod open;

use std::process::ExitCode;

use lesson_12_chat::{LESSON, serve};

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    match arguments.split_first() {
        // As every lesson, and then the room.
        None => {
            let told = lesson::run(&LESSON, serve);
            match told == ExitCode::SUCCESS {
                true => open::open(&[]),
                false => told,
            }
        }
        Some((first, rest)) if first == "--room" => open::open(rest),
        Some((first, [])) if first == "--help" || first == "-h" => {
            let helped = lesson::run(&LESSON, serve);
            print!("{}", open::HELP);
            helped
        }
        Some(_) => lesson::run(&LESSON, serve),
    }
}
