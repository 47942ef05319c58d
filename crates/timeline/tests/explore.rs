//! The explorer sees every order, and says so when a program goes wrong.

use std::time::Duration;

use timeline::{Explorer, Failure, Mutex, channel, tell, thread};

/// Two threads with 2 and 2 events, the first of which comes before all: 3 orders.
#[test]
fn every_order_of_two_threads_is_seen_once() {
    let seen = Explorer::new().run(|| {
        tell("A begins");
        thread::spawn("io", || {
            tell("I/O begins");
            tell("I/O ends");
        });
        tell("B begins");
    });
    seen.assert_no_failure();
    assert_eq!(seen.orders.len(), 3);
    // Nothing but events is a choice here, so no order is run twice.
    assert_eq!(seen.schedules, 3);
}

/// 3 threads of 2 events each: 6! / (2! 2! 2!) = 90.
#[test]
fn orders_are_the_interleavings_of_three_threads() {
    let seen = Explorer::new().run(|| {
        for _ in 0..3 {
            thread::spawn("io", || {
                tell("I/O begins");
                tell("I/O ends");
            });
        }
    });
    seen.assert_no_failure();
    assert_eq!(seen.orders.len(), 90);
    assert_eq!(seen.schedules, 90);
}

#[test]
fn hold_keeps_an_event_back_until_the_other_was_told() {
    let seen = Explorer::new().hold("I/O ends", "C ends").run(|| {
        thread::spawn("io", || {
            tell("I/O begins");
            tell("I/O ends");
        });
        tell("B begins");
        tell("C ends");
    });
    seen.assert_no_failure();
    // "I/O begins" floats among two; "I/O ends" is last.
    assert_eq!(seen.orders.len(), 3);
}

#[test]
fn both_orders_of_a_lock_are_seen_with_no_event_between() {
    static LAST: Mutex<&str> = Mutex::new("");
    let seen = Explorer::new().run(|| {
        let io = thread::spawn("io", || *LAST.lock() = "io");
        *LAST.lock() = "main";
        io.join().unwrap();
        let last = *LAST.lock();
        tell(last);
    });
    seen.assert_no_failure();
    let mut told: Vec<&str> = seen.orders.iter().map(|o| &*o[0].1).collect();
    told.sort_unstable();
    assert_eq!(told, ["io", "main"]);
}

#[test]
fn two_locks_taken_in_opposite_order_deadlock_in_some_runs_and_the_rest_is_explored() {
    static FORK: Mutex<()> = Mutex::new(());
    static KNIFE: Mutex<()> = Mutex::new(());
    let seen = Explorer::new().run(|| {
        thread::spawn("left", || {
            let _fork = FORK.lock();
            let _knife = KNIFE.lock();
            tell("left eats");
        });
        let _knife = KNIFE.lock();
        let _fork = FORK.lock();
        tell("main eats");
    });
    let deadlocks = |f: &Failure| matches!(f, Failure::Deadlock { .. });
    assert!(seen.failures.iter().all(|(f, _)| deadlocks(f)));
    assert!(seen.failed > 0 && seen.failed < seen.schedules);
    // Told by the runs that did not deadlock.
    assert_eq!(seen.orders.len(), 2);
    let Failure::Deadlock { waits } = &seen.failures[0].0 else {
        unreachable!()
    };
    assert_eq!(waits.len(), 2);
    assert!(waits[0].starts_with("main waits for a Mutex that is locked at "));
    assert!(waits[0].contains("tests/explore.rs:"));
}

#[test]
fn a_mutex_locked_twice_by_one_thread_is_a_deadlock() {
    static LOCK: Mutex<()> = Mutex::new(());
    let seen = Explorer::new().run(|| {
        let _once = LOCK.lock();
        let _twice = LOCK.lock();
    });
    assert!(matches!(seen.failures[0].0, Failure::Deadlock { .. }));
}

#[test]
fn a_receive_that_nobody_will_send_to_is_a_deadlock() {
    let seen = Explorer::new().run(|| {
        let (sender, receiver) = channel::<()>();
        receiver.recv().unwrap();
        drop(sender);
    });
    let text = seen.failures[0].0.to_string();
    assert!(
        text.contains("main waits for a channel that is empty"),
        "{text}"
    );
}

#[test]
fn both_orders_of_two_senders_arrive_and_the_end_is_seen() {
    let seen = Explorer::new().run(|| {
        let (sender, receiver) = channel();
        for name in ["B", "C"] {
            let sender = sender.clone();
            thread::spawn("io", move || sender.send(name).unwrap());
        }
        drop(sender);
        while let Ok(name) = receiver.recv() {
            tell(format!("{name} ends"));
        }
    });
    seen.assert_no_failure();
    assert_eq!(seen.orders.len(), 2);
}

#[test]
fn a_thread_outside_the_story_is_reported() {
    let seen = Explorer::new().run(|| {
        let stranger = std::thread::Builder::new().name("stranger".into());
        let stranger = stranger.spawn(|| tell("B begins")).unwrap();
        stranger.join().unwrap();
    });
    let text = seen.failures[0].0.to_string();
    assert!(
        text.starts_with("a thread outside the story (stranger) told \"B begins\" at "),
        "{text}"
    );
}

#[test]
fn a_panic_in_a_thread_is_reported_and_the_other_orders_are_explored() {
    let seen = Explorer::new().run(|| {
        static TOLD: Mutex<bool> = Mutex::new(false);
        *TOLD.lock() = false;
        thread::spawn("io", || assert!(!*TOLD.lock(), "told before"));
        *TOLD.lock() = true;
        tell("B begins");
    });
    assert!(seen.failed > 0 && seen.failed < seen.schedules);
    let Failure::Panic { thread, message } = &seen.failures[0].0 else {
        panic!("{:?}", seen.failures[0].0)
    };
    assert_eq!((thread.as_str(), message.as_str()), ("io-1", "told before"));
}

/// Planted: the program's threads are the same, but what they do hangs on a global that
/// the run before left behind.
#[test]
fn a_program_that_remembers_its_last_run_is_reported() {
    static RUNS: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
    let seen = Explorer::new().run(|| {
        let run = RUNS.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        for _ in 0..=run % 2 {
            thread::spawn("io", || tell("I/O begins"));
        }
        tell("B begins");
    });
    assert_eq!(seen.failures[0].0, Failure::NotRepeatable);
}

/// Real waiting that no step shows: the only place where the explorer looks at a clock,
/// and only to end a test that would hang.
#[test]
fn waiting_that_is_not_a_step_is_reported_as_stuck() {
    let seen = Explorer::new().patience(Duration::from_millis(50)).run(|| {
        thread::spawn("io", || {
            tell("I/O begins");
            loop {
                std::thread::park();
            }
        });
        tell("B begins");
    });
    let Failure::Stuck { threads, .. } = &seen.failures[0].0 else {
        panic!("{:?}", seen.failures[0].0)
    };
    assert_eq!(threads, &["io-1"]);
}

#[test]
fn a_real_socket_works_inside() {
    use std::io::{Read, Write};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let _ = stream.unwrap().write_all(b"io result");
        }
    });
    let seen = Explorer::new().run(move || {
        thread::spawn("io", move || {
            tell("I/O begins");
            let mut reply = String::new();
            let mut stream = std::net::TcpStream::connect(address).unwrap();
            stream.read_to_string(&mut reply).unwrap();
            tell(reply);
        });
        tell("B begins");
        tell("B ends");
    });
    seen.assert_no_failure();
    assert_eq!(seen.orders.len(), 6);
}

#[test]
fn gives_up_at_the_limit_and_says_so() {
    let seen = Explorer::new().limit(2).run(|| {
        thread::spawn("io", || tell("I/O begins"));
        tell("B begins");
        tell("B ends");
    });
    assert_eq!(seen.failures[0].0, Failure::GaveUp { runs: 2 });
}

#[test]
fn what_the_check_refuses_is_a_failure_with_its_events() {
    let seen = Explorer::new().run_and_check(
        || {
            thread::spawn("io", || tell("I/O begins"));
            tell("B begins");
        },
        |recording| match &*recording.events[0].what {
            "I/O begins" => Err("too early".to_owned()),
            _ => Ok(()),
        },
    );
    assert_eq!((seen.failed, seen.schedules), (1, 2));
    assert_eq!(seen.failures[0].1.events.len(), 2);
}
