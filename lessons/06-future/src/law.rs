use lesson::{Chain, Law, Lesson, Outcome, Waiting};

/// What this rung guarantees, costs and cannot do.
pub const LESSON: Lesson = Lesson {
    package: env!("CARGO_PKG_NAME"),
    law: LAW,
    waiting: Waiting::Value,
    cannot: "wait without a thread for each I/O in flight, stay on one thread, or wait \
             without an allocation for each wait",
};

const REPLY: &str = "A resumed with \"io result\"";

const LAW: Law = Law {
    outcomes: &[
        Outcome {
            name: "A is suspended, and resumed by its I/O",
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
                    events: &["I/O begins", "I/O ends", REPLY, "A ends"],
                },
            ],
            before: &[("A begins", "I/O begins"), ("A suspended", REPLY)],
        },
        Outcome {
            name: "the reply is there before A asks for it",
            chains: &[
                Chain {
                    thread: "main",
                    events: &[
                        "A begins", REPLY, "A ends", "B begins", "B ends", "C begins", "C ends",
                    ],
                },
                Chain {
                    thread: "io-1",
                    events: &["I/O begins", "I/O ends"],
                },
            ],
            before: &[("A begins", "I/O begins"), ("I/O ends", REPLY)],
        },
        Outcome {
            name: "the reply comes while A is put aside",
            chains: &[
                Chain {
                    thread: "main",
                    events: &[
                        "A begins",
                        "A suspended",
                        REPLY,
                        "A ends",
                        "B begins",
                        "B ends",
                        "C begins",
                        "C ends",
                    ],
                },
                Chain {
                    thread: "io-1",
                    events: &["I/O begins", "I/O ends"],
                },
            ],
            before: &[("A begins", "I/O begins"), ("I/O ends", REPLY)],
        },
    ],
    while_io_lasts: Some(("C ends", "I/O ends")),
};
