use lesson::{Chain, Law, Lesson, Outcome, Waiting};

/// What this lesson guarantees, costs and cannot do.
pub const LESSON: Lesson = Lesson {
    package: env!("CARGO_PKG_NAME"),
    law: LAW,
    waiting: Waiting::Value,
    cannot: "wait without a thread of the pool for each I/O in flight, or stop an I/O \
             that nobody waits for any more",
};

const REPLY: &str = "A resumed with \"io result\"";

const IO: Chain = Chain {
    thread: "io-1",
    events: &["I/O begins", "I/O ends"],
};

const LAW: Law = Law {
    outcomes: &[
        Outcome {
            name: "A is suspended, and polled again when it was woken",
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
                        REPLY,
                        "A ends",
                    ],
                },
                IO,
            ],
            before: &[("A begins", "I/O begins"), ("I/O ends", REPLY)],
        },
        Outcome {
            name: "the reply is there at the first poll",
            chains: &[
                Chain {
                    thread: "main",
                    events: &[
                        "A begins", REPLY, "A ends", "B begins", "B ends", "C begins", "C ends",
                    ],
                },
                IO,
            ],
            before: &[("A begins", "I/O begins"), ("I/O ends", REPLY)],
        },
    ],
    while_io_lasts: Some(("C ends", "I/O ends")),
};
