use lesson::{Chain, Law, Lesson, Outcome, Waiting};

/// What this lesson guarantees, costs and cannot do.
pub const LESSON: Lesson = Lesson {
    package: env!("CARGO_PKG_NAME"),
    law: Law {
        outcomes: &[Outcome {
            name: "the I/O calls back",
            chains: &[
                Chain {
                    thread: "main",
                    events: &[
                        "A begins", "A leaves", "B begins", "B ends", "C begins", "C ends",
                    ],
                },
                Chain {
                    thread: "io-1",
                    events: &[
                        "I/O begins",
                        "I/O ends",
                        "callback begins",
                        "\"io result\"",
                        "callback ends",
                    ],
                },
            ],
            before: &[("A begins", "I/O begins")],
        }],
        while_io_lasts: Some(("C ends", "I/O ends")),
    },
    waiting: Waiting::Stack,
    cannot: "keep A in one piece: it is torn in two functions, the second one runs on \
             another thread, and its result and its errors have no caller to go to",
};
