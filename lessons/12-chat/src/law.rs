use lesson::{Chain, Law, Lesson, Outcome, Waiting};

/// What this lesson guarantees, costs and cannot do.
pub const LESSON: Lesson = Lesson {
    package: env!("CARGO_PKG_NAME"),
    law: LAW,
    waiting: Waiting::Value,
    cannot: "remember what was said when the last one has left, or share its rooms with a second process",
};

/// B talks when it has heard A, and C when it has heard B. When the reply comes is up to the slow server; nobody is
/// interrupted, so it finds one of three moments.
const LAW: Law = Law {
    outcomes: &[
        Outcome {
            name: "the reply comes when all have talked",
            chains: &[Chain {
                thread: "main",
                events: &[
                    "A begins",
                    "I/O begins",
                    "A suspended",
                    "B begins",
                    "B ends",
                    "C begins",
                    "C ends",
                    "I/O ends",
                    "A resumed with \"io result\"",
                    "A ends",
                ],
            }],
            before: &[],
        },
        Outcome {
            name: "it comes before C talks",
            chains: &[Chain {
                thread: "main",
                events: &[
                    "A begins",
                    "I/O begins",
                    "A suspended",
                    "B begins",
                    "B ends",
                    "I/O ends",
                    "A resumed with \"io result\"",
                    "A ends",
                    "C begins",
                    "C ends",
                ],
            }],
            before: &[],
        },
        Outcome {
            name: "it comes before B talks",
            chains: &[Chain {
                thread: "main",
                events: &[
                    "A begins",
                    "I/O begins",
                    "A suspended",
                    "I/O ends",
                    "A resumed with \"io result\"",
                    "A ends",
                    "B begins",
                    "B ends",
                    "C begins",
                    "C ends",
                ],
            }],
            before: &[],
        },
    ],
    while_io_lasts: Some(("C ends", "I/O ends")),
};
