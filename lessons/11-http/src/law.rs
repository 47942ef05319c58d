use lesson::{Chain, Law, Lesson, Outcome, Waiting};

/// What this lesson guarantees, costs and cannot do.
pub const LESSON: Lesson = Lesson {
    package: env!("CARGO_PKG_NAME"),
    law: LAW,
    waiting: Waiting::Value,
    cannot: "tell a client what it has not asked for: in HTTP the server cannot speak first",
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

/// The law of requests that come when they like, of a service that answers in pieces or not in time, and of a client that
/// may go before it has its reply. What happens from one wait to the next is one step, and the chains are the requests'.
pub const ARRIVALS: Law = Law {
    outcomes: &[
        Outcome {
            name: "the service answers: A goes on when the last byte of the answer has come",
            chains: &[
                Chain {
                    thread: "A",
                    events: &[BEGINS, "I/O ends, A resumed with \"io result\", A ends"],
                },
                B,
                C,
            ],
            before: &[],
        },
        Outcome {
            name: "the time is up before",
            chains: &[
                Chain {
                    thread: "A",
                    events: &[BEGINS, "A fails"],
                },
                B,
                C,
            ],
            before: &[],
        },
        Outcome {
            name: "A's client goes before",
            chains: &[
                Chain {
                    thread: "A",
                    events: &[BEGINS, "A leaves"],
                },
                B,
                C,
            ],
            before: &[],
        },
    ],
    while_io_lasts: None,
};

const BEGINS: &str = "A begins, I/O begins, A suspended";

const B: Chain = Chain {
    thread: "B",
    events: &["B begins, B ends"],
};

const C: Chain = Chain {
    thread: "C",
    events: &["C begins, C ends"],
};
