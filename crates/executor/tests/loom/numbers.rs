//! The numbers of executors, which are used again: here, at once.

use std::sync::atomic::Ordering;

use executor::{Executor, Mistake};
use loom::thread;

use crate::{catches, elsewhere, flag, large_model, model, polled, until, waits};

/// Runs an executor until another thread has woken what it waits for.
fn runs() {
    let flag = flag();
    let there = flag.clone();
    Executor::new().block_on(until(flag, 1, |waker| {
        elsewhere(move || {
            there.fetch_add(1, Ordering::Relaxed);
            waker.wake();
        });
    }));
}

/// A waker of an executor that is gone, against the start and the work of one that has its number: at most a poll too
/// many, and no wake lost.
#[test]
fn fc05_a_wake_for_the_executor_that_had_the_number_before() {
    large_model(|| {
        let before = Executor::new();
        let (task, waker) = waits(&before);
        drop((task, before));
        let old = thread::spawn(move || waker.wake());
        let executor = Executor::new();
        let (_task, own) = waits(&executor);
        let polled = polled(&executor);
        thread::spawn(move || own.wake()).join().unwrap();
        old.join().unwrap();
        executor.turn(9);
        // Woken twice, but the letters are one; or one was seen before.
        assert!((1..=2).contains(&polled.borrow().len()));
    });
}

/// Two executors that begin at the same time, when a number is free, have two numbers.
#[test]
fn a_number_is_given_to_one_of_two() {
    large_model(|| {
        drop(Executor::new());
        let other = thread::spawn(|| drop(Executor::new()));
        runs();
        other.join().unwrap();
    });
}

#[test]
fn a_number_given_twice_is_caught() {
    let model = "numbers::a_number_is_given_to_one_of_two";
    catches(Mistake::GivesANumberTwice, model, "");
}

/// FC12: an abort never reaches another executor's task, though number, slot and generation are the same.
#[test]
fn fc12_an_abort_for_the_executor_that_had_the_number_before() {
    model(|| {
        let before = Executor::new();
        let (task, _) = waits(&before);
        let abort = task.abort_handle();
        drop((task, before));
        let old = thread::spawn(move || abort.abort());
        let executor = Executor::new();
        let (task, _) = waits(&executor);
        executor.turn(9);
        old.join().unwrap();
        executor.turn(9);
        assert!(!task.is_finished());
    });
}

#[test]
fn fc12_an_abort_by_number_is_caught() {
    let model = "numbers::fc12_an_abort_for_the_executor_that_had_the_number_before";
    catches(Mistake::AbortsByNumber, model, "is_finished");
}
