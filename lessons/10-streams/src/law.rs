use lesson::{Chain, Law, Lesson, Outcome, Waiting};

/// What this lesson guarantees, costs and cannot do.
pub const LESSON: Lesson = Lesson {
    package: env!("CARGO_PKG_NAME"),
    law: LAW,
    waiting: Waiting::Value,
    cannot: "give up on a server that says nothing, follow a redirect, or use a connection twice: \
             HTTP is larger than a lesson",
};

const LAW: Law = Law {
    outcomes: &[Outcome {
        name: "one thread, one order",
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
    }],
    while_io_lasts: Some(("C ends", "I/O ends")),
};

/// The law of an answer that comes in pieces, while B and C come when they like. On one thread nobody is interrupted, so
/// what happens from one wait to the next is one step, and the chains are the requests', not threads'.
pub const PIECES: Law = Law {
    outcomes: &[Outcome {
        name: "A goes on when the last byte of its answer has come, and not before",
        chains: &[
            Chain {
                thread: "A",
                events: &[
                    "A begins, I/O begins, A suspended",
                    "I/O ends, A resumed with \"io result\", A ends",
                ],
            },
            Chain {
                thread: "B",
                events: &["B begins, B ends"],
            },
            Chain {
                thread: "C",
                events: &["C begins, C ends"],
            },
        ],
        before: &[],
    }],
    while_io_lasts: None,
};
