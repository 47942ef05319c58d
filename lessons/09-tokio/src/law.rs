use lesson::{Chain, Law, Lesson, Outcome, Waiting};

/// What this lesson does on tokio's current-thread runtime, costs and cannot do. The law is lesson 8's.
pub const LESSON: Lesson = Lesson {
    package: env!("CARGO_PKG_NAME"),
    law: lesson_08_event_loop::LESSON.law,
    waiting: Waiting::Value,
    cannot: "save what a future has read so far when it is dropped half-way: on any runtime, \
             that is left to you",
};

/// What tokio promises on any of its runtimes: each task's own order, and nothing between them.
///
/// A chain is a task here, whatever thread it is on. "A suspended" is not among the events: how often a task is polled is
/// not promised.
pub const MANY_THREADS: Lesson = Lesson {
    law: TASKS,
    ..LESSON
};

const TASKS: Law = Law {
    outcomes: &[Outcome {
        name: "three tasks",
        chains: &[
            Chain {
                thread: "A",
                events: &[
                    "A begins",
                    "I/O begins",
                    "I/O ends",
                    "A resumed with \"io result\"",
                    "A ends",
                ],
            },
            Chain {
                thread: "B",
                events: &["B begins", "B ends"],
            },
            Chain {
                thread: "C",
                events: &["C begins", "C ends"],
            },
        ],
        before: &[],
    }],
    while_io_lasts: None,
};
