//! Aborts, and the end of an executor, against wakes from elsewhere.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::atomic::Ordering;

use executor::{Executor, Mistake};
use loom::sync::Arc;
use loom::thread;

use crate::{catches, elsewhere, flag, large_model, model, until, waits};

/// FC05: a wake and an abort, during and after the drop of the executor.
#[test]
fn fc05_a_wake_and_an_abort_against_the_end() {
    model(|| {
        let executor = Executor::new();
        let (task, waker) = waits(&executor);
        let abort = task.abort_handle();
        let letters = executor.counts_letters();
        let other = thread::spawn(move || {
            waker.wake();
            abort.abort();
        });
        drop(executor);
        assert!(task.is_finished());
        other.join().unwrap();
        assert_eq!(letters(), 0);
    });
}

#[test]
fn fc05_an_inbox_that_goes_on_after_the_end_is_caught() {
    let model = "ends::fc05_a_wake_and_an_abort_against_the_end";
    catches(Mistake::TakesTicketsAfterTheEnd, model, "left: ");
}

/// FC05: what came before the end is forgotten, also if it is never looked at.
#[test]
fn fc05_a_wake_just_before_the_end() {
    model(|| {
        let executor = Executor::new();
        let (_task, waker) = waits(&executor);
        let letters = executor.counts_letters();
        let other = thread::spawn(move || waker.wake());
        executor.has_work();
        drop(executor);
        assert_eq!(letters(), 0);
        other.join().unwrap();
    });
}

#[test]
fn fc05_letters_kept_at_the_end_are_caught() {
    let model = "ends::fc05_a_wake_just_before_the_end";
    catches(Mistake::KeepsLettersAtTheEnd, model, "left: ");
}

/// FC05, FC13: `unpark`, and what it owns, is gone when the executor and the wake that was under way are, though a waker
/// is left.
#[test]
fn fc05_unpark_goes_with_the_executor() {
    model(|| {
        let owned = Arc::new(());
        let there = owned.clone();
        let executor = Executor::with_unpark(move || drop(there.clone()));
        let (task, waker) = waits(&executor);
        drop(task);
        let left = waker.clone();
        let other = thread::spawn(move || waker.wake());
        drop(executor);
        other.join().unwrap();
        assert_eq!(Arc::strong_count(&owned), 1);
        left.wake();
    });
}

#[test]
fn fc05_an_executor_that_stays_in_the_registry_is_caught() {
    let model = "ends::fc05_unpark_goes_with_the_executor";
    catches(Mistake::StaysInTheRegistry, model, "left: ");
}

/// FC12: an abort from elsewhere, against a wake from elsewhere of the same task.
#[test]
fn fc12_an_abort_against_a_wake() {
    large_model(|| {
        let executor = Executor::new();
        let (task, waker) = waits(&executor);
        let abort = task.abort_handle();
        elsewhere(move || waker.wake());
        elsewhere(move || abort.abort());
        assert!(executor.block_on(task).unwrap_err().is_cancelled());
    });
}

#[test]
fn fc12_an_abort_taken_for_a_duplicate_is_caught() {
    let model = "ends::fc12_an_abort_against_a_wake";
    catches(Mistake::TakesAbortForADuplicate, model, "deadlock");
}

/// FC12: an abort against the wake that lets the task end: one of the two results, and the task is gone.
#[test]
fn fc12_an_abort_against_the_last_poll() {
    large_model(|| {
        let executor = Executor::new();
        let flag = flag();
        let there = flag.clone();
        let task = executor.spawn(until(flag, 1, |waker| {
            elsewhere(move || {
                there.fetch_add(1, Ordering::Relaxed);
                waker.wake();
            });
        }));
        let abort = task.abort_handle();
        elsewhere(move || abort.abort());
        let outcome = executor.block_on(task);
        assert!(outcome.is_ok() || outcome.is_err_and(|error| error.is_cancelled()));
        assert_eq!(executor.tasks(), 0);
    });
}

/// FC12: an abort from elsewhere of a task that nobody wakes. It is dropped in a turn, on the executor's thread: `Rc`.
#[test]
fn fc12_an_abort_ends_a_task_that_waits() {
    model(|| {
        let executor = Executor::new();
        let dropped = Rc::new(Cell::new(false));
        let there = dropped.clone();
        let task = executor.spawn(async move {
            struct Drops(Rc<Cell<bool>>);
            impl Drop for Drops {
                fn drop(&mut self) {
                    self.0.set(true);
                }
            }
            let _drops = Drops(there);
            std::future::pending::<()>().await;
        });
        executor.turn(9);
        let abort = task.abort_handle();
        let other = thread::spawn(move || abort.abort());
        assert!(executor.block_on(task).unwrap_err().is_cancelled());
        assert!(dropped.get());
        other.join().unwrap();
    });
}

#[test]
fn fc12_an_abort_that_only_wakes_is_caught() {
    let model = "ends::fc12_an_abort_ends_a_task_that_waits";
    catches(Mistake::TakesAbortForAWake, model, "deadlock");
}
