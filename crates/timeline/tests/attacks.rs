//! Programs that try to make the explorer or a story miss something, hang, or report what is not.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex as StdMutex};
use std::time::Duration;

use timeline::{Exploration, Explorer, Failure, Mutex, Story, channel, tell, thread};

fn not_repeatable(seen: &Exploration) -> bool {
    let mut failures = seen.failures.iter();
    failures.any(|(failure, _)| *failure == Failure::NotRepeatable)
}

/// Tells when it is dropped.
struct TellsAtItsEnd;

impl Drop for TellsAtItsEnd {
    fn drop(&mut self) {
        tell("A ends");
    }
}

#[test]
fn a_second_run_that_is_shorter_than_the_first_is_reported() {
    static RUNS: AtomicUsize = AtomicUsize::new(0);
    let seen = Explorer::new().run(|| {
        if RUNS.fetch_add(1, Relaxed) == 0 {
            thread::spawn("io", || tell("I/O begins"));
            tell("B begins");
        }
    });
    assert!(not_repeatable(&seen), "{seen:?}");
}

#[test]
fn a_second_run_that_tells_something_else_is_reported() {
    static RUNS: AtomicUsize = AtomicUsize::new(0);
    let seen = Explorer::new().run(|| {
        let run = RUNS.fetch_add(1, Relaxed);
        thread::spawn("io", move || tell(format!("I/O {run}")));
        tell("B begins");
    });
    assert!(not_repeatable(&seen), "{seen:?}");
}

/// The number of its thread is that of another thread here, or of none.
#[test]
fn a_handle_of_an_earlier_exploration_can_be_joined() {
    static OLD: StdMutex<Option<thread::JoinHandle<u8>>> = StdMutex::new(None);
    Explorer::new()
        .run(|| {
            for _ in 0..3 {
                *OLD.lock().unwrap() = Some(thread::spawn("io", || 7));
            }
        })
        .assert_no_failure();
    let seen = Explorer::new().run(|| {
        let old = OLD.lock().unwrap().take().unwrap();
        tell(format!("{}", old.join().unwrap()));
    });
    seen.assert_no_failure();
}

#[test]
fn a_send_may_come_before_the_receiver_is_dropped_or_after() {
    let seen = Explorer::new().run(|| {
        let (sender, receiver) = channel();
        thread::spawn("io", move || match sender.send(1) {
            Ok(()) => tell("sent"),
            Err(_) => tell("refused"),
        });
        drop(receiver);
    });
    seen.assert_no_failure();
    let mut told: Vec<&str> = seen.orders.iter().map(|o| &*o[0].1).collect();
    told.sort_unstable();
    assert_eq!(told, ["refused", "sent"]);
}

/// A sender that a thread returns and nobody joins for is dropped with the thread.
#[test]
fn what_a_thread_returns_to_nobody_is_dropped_within_the_story() {
    for _ in 0..50 {
        let seen = Explorer::new().run(|| {
            let (sender, receiver) = channel::<u8>();
            thread::spawn("io", move || {
                tell("I/O begins");
                sender
            });
            assert!(receiver.recv().is_err());
        });
        seen.assert_no_failure();
        let seen = Explorer::new().run(|| drop(thread::spawn("io", || TellsAtItsEnd)));
        seen.assert_no_failure();
        assert!(seen.orders.iter().all(|order| order.len() == 1));
        let told = Story::new().run(|| drop(thread::spawn("io", || TellsAtItsEnd)));
        assert_eq!(told.unwrap().events.len(), 1);
    }
}

#[test]
fn what_the_program_captured_is_dropped_when_run_returns() {
    for _ in 0..200 {
        let captured = Arc::new(());
        let inside = captured.clone();
        Explorer::new().run(move || drop(inside.clone()));
        assert!(Arc::try_unwrap(captured).is_ok());
    }
}

#[test]
fn threads_that_spawn_threads_are_all_interleaved() {
    let seen = Explorer::new().run(|| {
        thread::spawn("a", || {
            thread::spawn("b", || {
                thread::spawn("c", || tell("c"));
                tell("b");
            });
            tell("a");
        });
        tell("m");
    });
    seen.assert_no_failure();
    // 4 threads of one event each, none before another: 4! orders, each run once.
    assert_eq!((seen.orders.len(), seen.schedules), (24, 24));
}

/// The destructors take steps while a run that has failed unwinds.
#[test]
fn destructors_that_lock_and_spawn_do_not_hold_up_a_failed_run() {
    static FORK: Mutex<u32> = Mutex::new(0);
    static KNIFE: Mutex<u32> = Mutex::new(0);
    struct LocksAndSpawns;
    impl Drop for LocksAndSpawns {
        fn drop(&mut self) {
            thread::spawn("late", || tell("late"));
            *KNIFE.lock() += 1;
        }
    }
    let seen = Explorer::new().run(|| {
        let _at_the_end = LocksAndSpawns;
        thread::spawn("io", || {
            let _fork = FORK.lock();
            let _knife = KNIFE.lock();
        });
        let knife = KNIFE.lock();
        let fork = FORK.lock();
        drop((knife, fork));
    });
    let deadlock = |(failure, _): &(Failure, _)| matches!(failure, Failure::Deadlock { .. });
    assert!(seen.failures.iter().all(deadlock), "{:?}", seen.failures);
    assert!(seen.failed > 0 && seen.failed < seen.schedules);
}

/// A worker that survives whatever its tasks do survives the explorer's way out, too.
#[test]
fn a_thread_that_catches_its_abort_and_goes_on_is_stuck_and_not_for_ever() {
    let explorer = Explorer::new().patience(Duration::from_millis(50));
    let seen = explorer.run(|| {
        let (sender, receiver) = channel::<()>();
        thread::spawn("worker", move || {
            while !matches!(
                catch_unwind(AssertUnwindSafe(|| receiver.recv().is_err())),
                Ok(true)
            ) {}
        });
        let (_nobody, nothing) = channel::<()>();
        let _ = nothing.recv(); // waits for nobody, and the worker for it
        drop(sender);
    });
    let failure = |wanted: fn(&Failure) -> bool| seen.failures.iter().any(|(f, _)| wanted(f));
    assert!(failure(|f| matches!(f, Failure::Deadlock { .. })));
    assert!(failure(|f| matches!(f, Failure::Stuck { .. })));
}

#[test]
fn a_thread_that_spins_over_a_step_is_reported() {
    static DONE: Mutex<bool> = Mutex::new(false);
    let seen = Explorer::new().run(|| {
        *DONE.lock() = false;
        thread::spawn("io", || *DONE.lock() = true);
        while !*DONE.lock() {}
    });
    assert!(matches!(seen.failures[0].0, Failure::Endless { .. }));
}

#[test]
fn a_hold_of_what_nobody_tells_is_reported() {
    let seen = Explorer::new()
        .hold("I/O end", "C ends") // mistyped
        .run(|| tell("I/O ends"));
    let holds_nothing = Failure::HoldsNothing {
        what: "I/O end".to_owned(),
    };
    assert_eq!(seen.failures[0].0, holds_nothing);
}

#[test]
fn a_destructor_of_a_thread_local_may_tell() {
    thread_local!(static LAST: TellsAtItsEnd = const { TellsAtItsEnd });
    let story = Story::new().run(|| {
        let stranger = std::thread::spawn(|| {
            LAST.with(|_| ());
            tell("B begins");
        });
        stranger.join().unwrap();
    });
    assert_eq!(story.unwrap().events[0].what, "B begins");
}

#[test]
fn a_role_that_no_thread_can_have_is_refused_before_the_thread_is_counted() {
    let story = Story::new().run(|| {
        thread::spawn("io", || {
            let refused = catch_unwind(|| drop(thread::spawn("a\0b", || ())));
            assert!(refused.is_err());
        });
    });
    assert_eq!(story.unwrap().threads, 2);
}

#[test]
fn a_watcher_that_panics_is_a_panic_of_the_thread_that_told() {
    let watcher = |event: &timeline::Event| assert!(event.what != "bad", "watched");
    let story = Story::new().watch(watcher).run(|| {
        let io = thread::spawn("io", || tell("bad"));
        assert!(io.join().is_err());
        tell("good");
    });
    let panicked = story.unwrap_err();
    assert_eq!(panicked.panics, ["io-1: watched"]);
    assert_eq!(panicked.recording.events.len(), 1);
}
