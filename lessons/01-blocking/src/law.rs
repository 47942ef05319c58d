use lesson::{Chain, Law, Lesson, Outcome, Waiting};

/// What this lesson guarantees, costs and cannot do.
pub const LESSON: Lesson = Lesson {
    package: env!("CARGO_PKG_NAME"),
    law: Law {
        outcomes: &[Outcome {
            name: "one after another",
            chains: &[Chain {
                thread: "main",
                events: &[
                    "A begins",
                    "I/O begins",
                    "I/O ends",
                    "A gets \"io result\"",
                    "A ends",
                    "B begins",
                    "B ends",
                    "C begins",
                    "C ends",
                ],
            }],
            before: &[],
        }],
        while_io_lasts: None,
    },
    waiting: Waiting::Stack,
    cannot: "serve B and C while A waits",
};
