//! A wake from elsewhere is not lost, not doubled, and brings along what was written before it.

use std::future::poll_fn;
use std::sync::atomic::Ordering;
use std::task::{Poll, Waker};

use executor::{Executor, Mistake};
use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::thread;

use crate::{catches, elsewhere, flag, large_model, model, polled, until, waits};

/// FC01, FC02: one wake, at any moment of polling, looking and falling asleep.
#[test]
fn fc01_a_wake_between_the_last_look_and_the_sleep() {
    model(|| {
        let flag = flag();
        let there = flag.clone();
        Executor::new().block_on(until(flag, 1, |waker| {
            elsewhere(move || {
                there.fetch_add(1, Ordering::Relaxed);
                waker.wake();
            });
        }));
    });
}

#[test]
fn fc01_a_waker_that_rouses_nobody_is_caught() {
    let model = "wakes::fc01_a_wake_between_the_last_look_and_the_sleep";
    catches(Mistake::NoNotify, model, "deadlock");
}

#[test]
fn fc01_a_sleep_without_another_look_is_caught() {
    let model = "wakes::fc01_a_wake_between_the_last_look_and_the_sleep";
    catches(Mistake::SleepsWithoutALook, model, "deadlock");
}

#[test]
fn fc01_a_ticket_dropped_because_the_executor_is_awake_is_caught() {
    let model = "wakes::fc01_a_wake_between_the_last_look_and_the_sleep";
    catches(Mistake::DropsTheTicketOfOneAwake, model, "deadlock");
}

/// FC02: two wakes of the same task, the second of them maybe a duplicate, maybe the one that counts.
#[test]
fn fc02_the_second_wake_is_a_duplicate_or_counts() {
    large_model(|| {
        let flag = flag();
        let there = flag.clone();
        Executor::new().block_on(until(flag, 2, |waker| {
            for _ in 0..2 {
                let (there, waker) = (there.clone(), waker.clone());
                elsewhere(move || {
                    there.fetch_add(1, Ordering::Relaxed);
                    waker.wake();
                });
            }
        }));
    });
}

#[test]
fn fc02_a_ticket_seen_once_and_for_all_is_caught() {
    let model = "wakes::fc02_the_second_wake_is_a_duplicate_or_counts";
    catches(Mistake::NeverForgetsWhatItSaw, model, "deadlock");
}

/// FC02: plain data, written before the only wake, read after it.
#[test]
#[allow(unsafe_code, reason = "loom's cell finds the race, if there is one")]
fn fc02_what_was_written_before_the_wake_is_seen_by_the_poll() {
    model(|| {
        struct Word(UnsafeCell<u32>);
        // SAFETY: loom looks after it: that is the test.
        unsafe impl Sync for Word {}
        // SAFETY: the same.
        unsafe impl Send for Word {}
        let word = Arc::new(Word(UnsafeCell::new(0)));
        let there = word.clone();
        let mut polls = 0;
        Executor::new().block_on(poll_fn(|cx| {
            polls += 1;
            if polls == 1 {
                let (there, waker) = (there.clone(), cx.waker().clone());
                elsewhere(move || {
                    // SAFETY: the poll that reads comes after the wake.
                    there.0.with_mut(|word| unsafe { *word = 7 });
                    waker.wake();
                });
                return Poll::Pending;
            }
            // SAFETY: only the wake brings us here.
            assert_eq!(word.0.with(|word| unsafe { *word }), 7);
            Poll::Ready(())
        }));
    });
}

/// FC02: the flag itself, which has no ordering of its own: a wake that finds another one there, and so adds nothing,
/// makes it seen all the same.
#[test]
fn fc02_a_duplicate_brings_along_what_was_written_before_it() {
    large_model(|| {
        let executor = Executor::new();
        let seen = flag();
        let there = seen.clone();
        let task = executor.spawn(until(seen, 1, |waker| {
            // The first is without a reason. The second is maybe a duplicate of it.
            let other = waker.clone();
            elsewhere(move || other.wake());
            elsewhere(move || {
                there.store(1, Ordering::Relaxed);
                waker.wake();
            });
        }));
        executor.block_on(task).unwrap();
    });
}

#[test]
fn fc02_a_duplicate_that_takes_no_lock_is_caught() {
    let model = "wakes::fc02_a_duplicate_brings_along_what_was_written_before_it";
    catches(Mistake::TakesNoLockForADuplicate, model, "deadlock");
}

/// FC03: a wake of a task that is over, whose slot has another by then, is nothing to that one.
#[test]
fn fc03_a_wake_from_elsewhere_against_the_end_of_its_task() {
    model(|| {
        let executor = Executor::new();
        let (task, waker) = waits(&executor);
        task.abort();
        let other = thread::spawn(move || waker.wake());
        executor.turn(1);
        let (_another, _waker) = waits(&executor);
        let polled = polled(&executor);
        other.join().unwrap();
        executor.turn(9);
        assert!(polled.borrow().is_empty());
    });
}

#[test]
fn fc03_a_ticket_that_wakes_the_slot_is_caught() {
    let model = "wakes::fc03_a_wake_from_elsewhere_against_the_end_of_its_task";
    catches(Mistake::WakesSlotsNotTasks, model, "is_empty");
}

/// FC03: nor does it stand in the way of that one's own wakes.
#[test]
fn fc03_a_wake_of_the_task_before_is_no_duplicate() {
    large_model(|| {
        let executor = Executor::new();
        let (task, old) = waits(&executor);
        task.abort();
        executor.turn(1);
        let flag = flag();
        let there = flag.clone();
        let another = executor.spawn(until(flag, 1, |waker| {
            elsewhere(move || old.wake());
            elsewhere(move || {
                there.fetch_add(1, Ordering::Relaxed);
                waker.wake();
            });
        }));
        executor.block_on(another).unwrap();
    });
}

#[test]
fn fc03_a_mark_for_the_slot_alone_is_caught() {
    let model = "wakes::fc03_a_wake_of_the_task_before_is_no_duplicate";
    catches(Mistake::MarksSlotsNotTasks, model, "deadlock");
}

/// FC03: nor does one that comes late hide a wake of the task that has the slot now.
#[test]
fn fc03_a_late_wake_hides_none_of_the_next_task() {
    model(|| {
        let executor = Executor::new();
        let (task, old) = waits(&executor);
        task.abort();
        executor.turn(1);
        let flag = flag();
        let there = flag.clone();
        let another = executor.spawn(until(flag, 2, |waker| {
            elsewhere(move || {
                there.fetch_add(1, Ordering::Relaxed);
                waker.wake_by_ref();
                old.wake();
                there.fetch_add(1, Ordering::Relaxed);
                waker.wake();
            });
        }));
        executor.block_on(another).unwrap();
    });
}

#[test]
fn fc03_a_mark_for_what_is_over_is_caught() {
    let model = "wakes::fc03_a_late_wake_hides_none_of_the_next_task";
    catches(Mistake::MarksForWhatIsOver, model, "deadlock");
}

/// FC04: two threads wake a task that the executor has not looked at since: one entry, one poll.
#[test]
fn fc04_two_wakes_are_one_entry() {
    large_model(|| {
        let executor = Executor::new();
        let (_task, waker) = waits(&executor);
        let other = waker.clone();
        let polled = polled(&executor);
        let one = thread::spawn(move || waker.wake());
        let two = thread::spawn(move || other.wake());
        one.join().unwrap();
        two.join().unwrap();
        assert_eq!(executor.letters(), 1);
        assert_eq!(executor.turn(9), 1);
        assert_eq!(polled.borrow().len(), 1);
    });
}

#[test]
fn fc04_an_entry_for_each_wake_is_caught() {
    let model = "wakes::fc04_two_wakes_are_one_entry";
    catches(Mistake::KeepsDuplicates, model, "left: ");
}

/// Two tasks, each woken by a thread of its own, in one look of the executor or in two.
#[test]
fn two_tasks_that_are_woken_by_two_threads() {
    large_model(|| {
        let executor = Executor::new();
        let [one, two] = [(); 2].map(|()| {
            let flag = flag();
            let there = flag.clone();
            executor.spawn(until(flag, 1, |waker| {
                elsewhere(move || {
                    there.fetch_add(1, Ordering::Relaxed);
                    waker.wake();
                });
            }))
        });
        executor.block_on(async {
            one.await.unwrap();
            two.await.unwrap();
        });
    });
}

#[test]
fn a_look_that_loses_all_but_one_is_caught() {
    let model = "wakes::two_tasks_that_are_woken_by_two_threads";
    catches(Mistake::TakesOneLetter, model, "deadlock");
}

/// A thread wakes two tasks: they are polled in that order, whenever the executor looks.
#[test]
fn tasks_woken_elsewhere_are_polled_in_the_order_of_the_wakes() {
    model(|| {
        let executor = Executor::new();
        let (_one, first) = waits(&executor);
        let (_two, second) = waits(&executor);
        let polled = polled(&executor);
        let other = thread::spawn(move || {
            second.wake();
            first.wake();
        });
        executor.turn(9);
        other.join().unwrap();
        executor.turn(9);
        assert_eq!(*polled.borrow(), ["2", "1"]);
    });
}

#[test]
fn letters_read_from_the_last_to_the_first_are_caught() {
    let model = "wakes::tasks_woken_elsewhere_are_polled_in_the_order_of_the_wakes";
    catches(Mistake::TakesTheLastFirst, model, "left: ");
}

/// Two executors on two threads, each of whose futures waits for a wake from the other's.
#[test]
fn two_executors_wake_each_other() {
    model(|| {
        let (one, two) = (flag(), flag());
        let (here, there) = (two.clone(), one.clone());
        let wakers = Arc::new(loom::sync::Mutex::new((None, None)));
        let theirs = wakers.clone();
        let other = thread::spawn(move || {
            Executor::new().block_on(until(one, 1, |waker| {
                here.fetch_add(1, Ordering::Relaxed);
                let mut wakers = theirs.lock().unwrap();
                wakers.0 = Some(waker);
                let wake: Option<Waker> = wakers.1.take();
                drop(wakers);
                wake.into_iter().for_each(Waker::wake);
            }));
        });
        Executor::new().block_on(until(two, 1, |waker| {
            there.fetch_add(1, Ordering::Relaxed);
            let mut wakers = wakers.lock().unwrap();
            wakers.1 = Some(waker);
            let wake: Option<Waker> = wakers.0.take();
            drop(wakers);
            wake.into_iter().for_each(Waker::wake);
        }));
        other.join().unwrap();
    });
}

#[test]
fn a_ticket_of_another_taken_for_ones_own_is_caught() {
    let model = "wakes::two_executors_wake_each_other";
    catches(Mistake::TakesEveryTicketForItsOwn, model, "deadlock");
}
