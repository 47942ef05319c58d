//! The executor's thread and those that wake it, in the interleavings of their locks, tried by loom:
//!
//! ```text
//! RUSTFLAGS="--cfg loom" cargo test -p executor --test loom --release
//! ```
//!
//! The join slot and the channels have no second thread, so there is nothing of them to model. Each guarantee has a
//! mistake planted in the real code, and the model that catches it.
#![cfg(loom)]

mod ends;
mod numbers;
mod sleeps;
mod wakes;

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::process::Command;
use std::rc::Rc;
use std::sync::atomic::Ordering;
use std::task::{Poll, Waker};

use executor::{Event, Executor, JoinHandle, Mistake, plant};
use loom::sync::Arc;
use loom::sync::atomic::AtomicUsize;
use loom::thread;

const PLANT: &str = "EXECUTOR_PLANT";

/// Every interleaving; with a mistake in the code if the environment names one.
fn model(program: impl Fn() + Send + Sync + 'static) {
    check(None, program);
}

/// For models with three threads: every interleaving with at most four preemptions. All would take many minutes.
fn large_model(program: impl Fn() + Send + Sync + 'static) {
    check(Some(4), program);
}

fn check(preemptions: Option<usize>, program: impl Fn() + Send + Sync + 'static) {
    let named = std::env::var(PLANT).ok();
    let called = |mistake: &&Mistake| named.as_deref() == Some(&format!("{mistake:?}"));
    plant(Mistake::ALL.iter().find(called).copied());
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = builder.preemption_bound.or(preemptions);
    builder.check(move || {
        program();
        OTHERS
            .take()
            .into_iter()
            .for_each(|other| other.join().unwrap());
    });
}

thread_local! {
    // All threads of a model run on the one thread that runs the test.
    static OTHERS: RefCell<Vec<thread::JoinHandle<()>>> = const { RefCell::new(Vec::new()) };
}

/// Starts another thread; its end is awaited at the end of the model, because the registry is gone after it.
fn elsewhere(work: impl FnOnce() + 'static) {
    OTHERS.with_borrow_mut(|others| others.push(thread::spawn(work)));
}

/// Runs a model of this crate with a mistake in the code, in a process of its own, because loom may end it: the model has
/// to fail, and to say `why`.
#[track_caller]
fn catches(mistake: Mistake, model: &str, why: &str) {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", model, "--nocapture"])
        .env(PLANT, format!("{mistake:?}"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    let ran = String::from_utf8_lossy(&output.stdout).contains("running 1 test");
    assert!(ran, "there is no {model}");
    assert!(!output.status.success(), "{mistake:?} was not caught");
    assert!(said.contains(why), "{said}");
}

/// A flag that a waiting task looks at, with no ordering of its own: the wake has to bring it along.
fn flag() -> Arc<AtomicUsize> {
    Arc::new(AtomicUsize::new(0))
}

/// Polls until `flag` is `enough`; hands its waker to `start` in the first poll.
fn until(
    flag: Arc<AtomicUsize>,
    enough: usize,
    start: impl FnOnce(Waker) + Unpin,
) -> impl Future<Output = ()> {
    let mut start = Some(start);
    poll_fn(move |cx| {
        if let Some(start) = start.take() {
            start(cx.waker().clone());
        }
        match flag.load(Ordering::Relaxed) >= enough {
            true => Poll::Ready(()),
            false => Poll::Pending,
        }
    })
}

/// A task that waits for ever and has been polled once, and its waker.
fn waits(executor: &Executor) -> (JoinHandle<()>, Waker) {
    let waker = Rc::new(Cell::new(None));
    let there = waker.clone();
    let task = executor.spawn(poll_fn(move |cx| {
        there.set(Some(cx.waker().clone()));
        Poll::Pending
    }));
    executor.turn(1);
    (task, waker.take().unwrap())
}

/// Which tasks are polled from now on, in order.
fn polled(executor: &Executor) -> Rc<RefCell<Vec<String>>> {
    let polled = Rc::new(RefCell::new(Vec::new()));
    let there = polled.clone();
    executor.record(Some(Rc::new(move |event| {
        if let Event::Poll(id) = event {
            there.borrow_mut().push(id.to_string());
        }
    })));
    polled
}
