use lesson::{Chain, Law, Lesson, Outcome, Waiting};

/// What this lesson guarantees, costs and cannot do.
pub const LESSON: Lesson = Lesson {
    package: env!("CARGO_PKG_NAME"),
    law: Law {
        outcomes: &[Outcome {
            name: "A is driven",
            chains: &[
                Chain {
                    thread: "main",
                    events: &[
                        "A begins",
                        "A suspended",
                        "B begins",
                        "B ends",
                        "C begins",
                        "C ends",
                    ],
                },
                Chain {
                    thread: "io-1",
                    events: &[
                        "I/O begins",
                        "I/O ends",
                        "A resumed with \"io result\"",
                        "A ends",
                    ],
                },
            ],
            before: &[("A suspended", "I/O begins")],
        }],
        while_io_lasts: Some(("C ends", "I/O ends")),
    },
    waiting: Waiting::Value,
    cannot: "serve a second yield, start a function that never yields, or hand a result \
             or an error to anybody",
};
