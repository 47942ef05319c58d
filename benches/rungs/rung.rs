//! The rungs, each as one row.

use lesson_03_generator::RequestA;
use slow_server::Address;

/// One rung of the ladder: a row in [`RUNGS`] is all that it takes to measure one more.
pub(crate) struct Rung {
    /// Its folder.
    pub(crate) name: &'static str,
    /// Serves A, B and C.
    pub(crate) serve: fn(Address),
    /// Begins so many As. It may serve them to their ends, or leave them to other threads of the story.
    pub(crate) begin: fn(&Address, usize),
    /// How many As can wait at once.
    pub(crate) waiting: usize,
    /// How many I/Os can be in flight at once.
    pub(crate) in_flight: usize,
    /// What each A tells last.
    pub(crate) last: &'static str,
}

const ANY: usize = usize::MAX;

/// From the first to the last.
pub(crate) const RUNGS: [Rung; 9] = [
    Rung {
        name: "01-blocking",
        serve: lesson_01_blocking::serve,
        begin: |server, count| {
            // An A that fails does not tell that it ends: that is seen.
            (0..count).for_each(|_| drop(lesson_01_blocking::request_a("A", server)));
        },
        waiting: 1,
        in_flight: 1,
        last: "A ends",
    },
    Rung {
        name: "02-callback",
        serve: lesson_02_callback::serve,
        begin: |server, count| {
            (0..count).for_each(|_| lesson_02_callback::request_a("A", server.clone()));
        },
        waiting: ANY,
        in_flight: ANY,
        last: "callback ends",
    },
    Rung {
        name: "03-generator",
        serve: lesson_03_generator::serve,
        begin: |server, count| {
            let a = || RequestA::new("A", server.clone());
            (0..count).for_each(|_| lesson_03_generator::start(a()));
        },
        waiting: 1,
        in_flight: ANY,
        last: "A leaves",
    },
    Rung {
        name: "04-decorator",
        serve: lesson_04_decorator::serve,
        begin: |server, count| {
            (0..count).for_each(|_| lesson_04_decorator::request_a("A", server.clone()));
        },
        waiting: 1,
        in_flight: ANY,
        last: "A leaves",
    },
    Rung {
        name: "05-driver",
        serve: lesson_05_driver::serve,
        begin: |server, count| {
            (0..count).for_each(|_| lesson_05_driver::request_a("A", server.clone()));
        },
        waiting: ANY,
        in_flight: ANY,
        last: "A ends",
    },
    Rung {
        name: "06-future",
        serve: lesson_06_future::serve,
        begin: |server, count| {
            (0..count).for_each(|_| drop(lesson_06_future::request_a("A", server.clone())));
        },
        waiting: ANY,
        in_flight: 4,
        last: "A ends",
    },
    Rung {
        name: "07-executor",
        serve: lesson_07_executor::serve,
        begin: |server, count| {
            let executor = executor::Executor::new();
            let a = || lesson_07_executor::request_a("A", server.clone());
            let tasks: Vec<_> = (0..count).map(|_| executor.spawn(a())).collect();
            executor.block_on(async {
                for task in tasks {
                    // An A that fails does not tell that it ends: that is seen.
                    drop(task.await);
                }
            });
        },
        waiting: ANY,
        in_flight: 4,
        last: "A ends",
    },
    Rung {
        name: "08-event-loop",
        serve: lesson_08_event_loop::serve,
        begin: |server, count| {
            ioloop::block_on(async {
                let a = || lesson_08_event_loop::request_a("A", server.clone());
                let tasks: Vec<_> = (0..count).map(|_| ioloop::spawn(a())).collect();
                for task in tasks {
                    drop(task.await);
                }
            });
        },
        waiting: ANY,
        in_flight: ANY,
        last: "A ends",
    },
    Rung {
        name: "09-tokio",
        serve: lesson_09_tokio::serve,
        begin: |server, count| {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            runtime.expect("a runtime on this thread").block_on(async {
                let a = || lesson_09_tokio::request_a("A", server.clone());
                let tasks: Vec<_> = (0..count).map(|_| tokio::spawn(a())).collect();
                for task in tasks {
                    drop(task.await);
                }
            });
        },
        waiting: ANY,
        in_flight: ANY,
        last: "A ends",
    },
];
