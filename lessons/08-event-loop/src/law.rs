use lesson::{Chain, Law, Lesson, Outcome, Waiting};

/// What this lesson guarantees, costs and cannot do.
pub const LESSON: Lesson = Lesson {
    package: env!("CARGO_PKG_NAME"),
    law: LAW,
    waiting: Waiting::Value,
    cannot: "go on while one of its requests blocks or computes, or use a second processor",
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

/// The law of [`listen`](crate::listen): A, B and C come when they like. On one thread nobody is interrupted, so what
/// happens from one wait to the next is one step, and the chains are the requests', not threads'.
pub const ARRIVALS: Law = Law {
    outcomes: &[
        Outcome {
            name: "A is connected in time",
            chains: &[
                Chain {
                    thread: "A",
                    events: &[
                        "A begins, I/O begins, A suspended",
                        "I/O ends, A resumed with \"io result\", A ends",
                    ],
                },
                B,
                C,
            ],
            before: &[],
        },
        Outcome {
            name: "the timer is due before A is connected",
            chains: &[
                Chain {
                    thread: "A",
                    events: &["A begins, I/O begins, A suspended", "A fails"],
                },
                B,
                C,
            ],
            before: &[],
        },
    ],
    while_io_lasts: None,
};

const B: Chain = Chain {
    thread: "B",
    events: &["B begins, B ends"],
};

const C: Chain = Chain {
    thread: "C",
    events: &["C begins, C ends"],
};
