use lesson::{Chain, Law, Lesson, Outcome, Waiting};

/// What this lesson guarantees, costs and cannot do.
pub const LESSON: Lesson = Lesson {
    package: env!("CARGO_PKG_NAME"),
    law: LAW,
    waiting: Waiting::Value,
    cannot: "wait for an I/O that ends before A is suspended (its result is lost), or keep \
             two As (the second overwrites the first); its states are written by hand",
};

const MAIN: Chain = Chain {
    thread: "main",
    events: &[
        "A begins",
        "A suspended",
        "B begins",
        "B ends",
        "C begins",
        "C ends",
    ],
};

const LAW: Law = Law {
    outcomes: &[
        Outcome {
            name: "A is suspended in time",
            chains: &[
                MAIN,
                Chain {
                    thread: "io-1",
                    events: &[
                        "I/O begins",
                        "I/O ends",
                        "A resumed with \"io result\"",
                        "A leaves",
                    ],
                },
            ],
            before: &[
                ("A begins", "I/O begins"),
                ("A suspended", "A resumed with \"io result\""),
            ],
        },
        Outcome {
            name: "the I/O ends while A still runs",
            chains: &[
                MAIN,
                Chain {
                    thread: "io-1",
                    events: &[
                        "I/O begins",
                        "I/O ends",
                        "\"io result\" finds A running and is lost",
                    ],
                },
            ],
            before: &[
                ("A begins", "I/O begins"),
                ("\"io result\" finds A running and is lost", "A suspended"),
            ],
        },
    ],
    while_io_lasts: Some(("C ends", "I/O ends")),
};
