//! The smallest lesson: A's I/O runs on a thread, and B does not wait for it.

use lesson::{Chain, Law, Lesson, Outcome, Waiting};
use slow_server::Address;
use std::process::ExitCode;
use timeline::{tell, thread};

pub(crate) const LESSON: Lesson = Lesson {
    package: "lesson-demo",
    law: Law {
        outcomes: &[Outcome {
            name: "the I/O ends",
            chains: &[
                Chain {
                    thread: "main",
                    events: &["A begins", "A leaves", "B begins", "B ends"],
                },
                Chain {
                    thread: "io-1",
                    events: &["I/O begins", "I/O ends", "A gets \"io result\""],
                },
            ],
            before: &[("A begins", "I/O begins")],
        }],
        while_io_lasts: Some(("B ends", "I/O ends")),
    },
    waiting: Waiting::Stack,
    cannot: "do anything else",
};

fn main() -> ExitCode {
    lesson::run(&LESSON, serve)
}

fn serve(server: Address) {
    tell("A begins");
    thread::spawn("io", move || {
        tell("I/O begins");
        match server.ask() {
            Ok(reply) => {
                tell("I/O ends");
                assert!(reply != "panic", "told to\npanic");
                tell(format!("A gets {reply:?}"));
            }
            Err(error) => tell(format!("I/O fails: {error}")),
        }
    });
    tell("A leaves");
    tell("B begins");
    tell("B ends");
}
