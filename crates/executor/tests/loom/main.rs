//! The executor's thread and those that wake it, in every interleaving of the inbox's lock, tried by loom:
//!
//! ```text
//! RUSTFLAGS="--cfg loom" cargo test -p executor --test loom --release
//! ```
//!
//! The join slot and the channels have no second thread, so there is nothing of them to model. Each guarantee of the
//! inbox has a mistake planted in the real code, and the model that catches it.
#![cfg(loom)]

use std::cell::Cell;
use std::future::{pending, poll_fn};
use std::process::Command;
use std::rc::Rc;
use std::sync::Arc as Plain;
use std::sync::atomic::{AtomicUsize as Count, Ordering};
use std::task::{Poll, Waker};

use executor::{Executor, Mistake, plant};
use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::sync::atomic::AtomicUsize;
use loom::thread;

/// Every interleaving; with a mistake in the code if the environment names one.
fn model(program: impl Fn() + Send + Sync + 'static) {
    let named = std::env::var(PLANT).ok();
    plant(named.map(|named| {
        *ALL.iter()
            .find(|each| format!("{each:?}") == named)
            .unwrap()
    }));
    loom::model(program);
}

const PLANT: &str = "EXECUTOR_PLANT";

const ALL: [Mistake; 8] = [
    Mistake::NoNotify,
    Mistake::SleepsWithoutALook,
    Mistake::DropsTheTicketOfOneAwake,
    Mistake::KeepsDuplicates,
    Mistake::NeverForgetsWhatItSaw,
    Mistake::TakesTicketsAfterTheEnd,
    Mistake::TakesAbortForADuplicate,
    Mistake::AnnouncesWithoutALook,
];

/// Runs a model of this file with a mistake in the code, in a process of its own, because loom may end it: the model has
/// to fail, and to say `why`.
#[track_caller]
fn catches(mistake: Mistake, model: &str, why: &str) {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", model, "--nocapture"])
        .env(PLANT, format!("{mistake:?}"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
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

/// FC01, FC02: one wake, at any moment of polling, looking and falling asleep.
fn one_wake() {
    let flag = flag();
    let there = flag.clone();
    Executor::new().block_on(until(flag, 1, |waker| {
        thread::spawn(move || {
            there.fetch_add(1, Ordering::Relaxed);
            waker.wake();
        });
    }));
}

#[test]
fn fc01_a_wake_between_the_last_look_and_the_sleep() {
    model(one_wake);
}

#[test]
fn fc01_a_waker_that_rouses_nobody_is_caught() {
    catches(
        Mistake::NoNotify,
        "fc01_a_wake_between_the_last_look_and_the_sleep",
        "deadlock",
    );
}

#[test]
fn fc01_a_sleep_without_another_look_is_caught() {
    catches(
        Mistake::SleepsWithoutALook,
        "fc01_a_wake_between_the_last_look_and_the_sleep",
        "deadlock",
    );
}

#[test]
fn fc01_a_ticket_dropped_because_the_executor_is_awake_is_caught() {
    catches(
        Mistake::DropsTheTicketOfOneAwake,
        "fc01_a_wake_between_the_last_look_and_the_sleep",
        "deadlock",
    );
}

/// Two wakes of the same task, the second of them maybe a duplicate, maybe the one that counts.
fn two_wakes_of_one_task() {
    let flag = flag();
    let there = flag.clone();
    Executor::new().block_on(until(flag, 2, |waker| {
        for _ in 0..2 {
            let (there, waker) = (there.clone(), waker.clone());
            thread::spawn(move || {
                there.fetch_add(1, Ordering::Relaxed);
                waker.wake();
            });
        }
    }));
}

#[test]
fn fc02_the_second_wake_is_a_duplicate_or_counts() {
    model(two_wakes_of_one_task);
}

#[test]
fn fc02_a_ticket_seen_once_and_for_all_is_caught() {
    catches(
        Mistake::NeverForgetsWhatItSaw,
        "fc02_the_second_wake_is_a_duplicate_or_counts",
        "deadlock",
    );
}

/// FC02: plain data, written before a wake that is maybe a duplicate, read after it.
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
                thread::spawn(move || {
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

/// FC04: two threads wake a task that the executor has not looked at since: one poll.
fn two_wakes() {
    let executor = Executor::new();
    let waker = Rc::new(Cell::new(None));
    let (there, recorded) = (waker.clone(), Rc::new(Cell::new(0)));
    let _task = executor.spawn(poll_fn(move |cx| {
        there.set(Some(cx.waker().clone()));
        Poll::<()>::Pending
    }));
    executor.turn(1);
    let waker: Waker = waker.take().unwrap();
    let other = waker.clone();
    let count = recorded.clone();
    executor.record(Some(Rc::new(move |_| count.set(count.get() + 1))));
    let (one, two) = (
        thread::spawn(move || waker.wake()),
        thread::spawn(move || other.wake()),
    );
    one.join().unwrap();
    two.join().unwrap();
    assert_eq!(executor.letters(), 1);
    assert_eq!(executor.turn(9), 1);
    // Ready, Poll, Pending.
    assert_eq!(recorded.get(), 3);
}

#[test]
fn fc04_two_wakes_are_one_entry() {
    model(two_wakes);
}

#[test]
fn fc04_an_entry_for_each_wake_is_caught() {
    catches(
        Mistake::KeepsDuplicates,
        "fc04_two_wakes_are_one_entry",
        "left: ",
    );
}

/// FC05: a wake and an abort, during and after the drop of the executor.
fn a_wake_against_the_end() {
    let executor = Executor::new();
    let waker = Rc::new(Cell::new(None));
    let there = waker.clone();
    let task = executor.spawn(poll_fn(move |cx| {
        there.set(Some(cx.waker().clone()));
        Poll::<()>::Pending
    }));
    executor.turn(1);
    let (waker, abort) = (waker.take().unwrap(), task.abort_handle());
    let letters = executor.counts_letters();
    let other = thread::spawn(move || {
        waker.wake();
        abort.abort();
    });
    drop(executor);
    assert!(task.is_finished());
    other.join().unwrap();
    assert_eq!(letters(), 0);
}

#[test]
fn fc05_a_wake_and_an_abort_against_the_end() {
    model(a_wake_against_the_end);
}

#[test]
fn fc05_an_inbox_that_goes_on_after_the_end_is_caught() {
    catches(
        Mistake::TakesTicketsAfterTheEnd,
        "fc05_a_wake_and_an_abort_against_the_end",
        "left: ",
    );
}

/// FC12: an abort from elsewhere, against a wake from elsewhere of the same task.
fn an_abort_against_a_wake() {
    let executor = Executor::new();
    let waker = Rc::new(Cell::new(None));
    let there = waker.clone();
    let task = executor.spawn(async move {
        poll_fn(|cx| {
            there.set(Some(cx.waker().clone()));
            Poll::<()>::Pending
        })
        .await
    });
    executor.turn(1);
    let (waker, abort) = (waker.take().unwrap(), task.abort_handle());
    thread::spawn(move || waker.wake());
    thread::spawn(move || abort.abort());
    assert!(executor.block_on(task).unwrap_err().is_cancelled());
}

#[test]
fn fc12_an_abort_against_a_wake() {
    model(an_abort_against_a_wake);
}

#[test]
fn fc12_an_abort_taken_for_a_duplicate_is_caught() {
    catches(
        Mistake::TakesAbortForADuplicate,
        "fc12_an_abort_against_a_wake",
        "deadlock",
    );
}

/// FC12: an abort against the wake that lets the task end: one of the two results, and the task is gone.
#[test]
fn fc12_an_abort_against_the_last_poll() {
    model(|| {
        let executor = Executor::new();
        let flag = flag();
        let there = flag.clone();
        let task = executor.spawn(until(flag, 1, |waker| {
            thread::spawn(move || {
                there.fetch_add(1, Ordering::Relaxed);
                waker.wake();
            });
        }));
        let abort = task.abort_handle();
        thread::spawn(move || abort.abort());
        let outcome = executor.block_on(task);
        assert!(outcome.is_ok() || outcome.is_err_and(|error| error.is_cancelled()));
        assert_eq!(executor.tasks(), 0);
    });
}

/// FD07: the reactor's sleep: `unpark` is called once if, and only if, a sleep was announced before the wake.
fn an_announced_sleep() {
    // A system call that waits until it is told once; what is told before is not lost.
    let told = Plain::new((loom::sync::Mutex::new(0), loom::sync::Condvar::new()));
    let tells = told.clone();
    let executor = Executor::with_unpark(move || {
        *tells.0.lock().unwrap() += 1;
        tells.1.notify_one();
    });
    let sleeps = Count::new(0);
    let flag = flag();
    let there = flag.clone();
    let until = until(flag, 1, |waker| {
        thread::spawn(move || {
            there.fetch_add(1, Ordering::Relaxed);
            waker.wake();
        });
    });
    executor.block_on_with(until, |idle| {
        if !idle || !executor.will_park() {
            return;
        }
        sleeps.fetch_add(1, Ordering::Relaxed);
        let mut times = told.0.lock().unwrap();
        while *times == 0 {
            times = told.1.wait(times).unwrap();
        }
        assert_eq!(*times, 1);
        *times = 0;
    });
    assert!(sleeps.load(Ordering::Relaxed) <= 1);
}

#[test]
fn fd07_a_wake_between_the_announcement_and_the_sleep() {
    model(an_announced_sleep);
}

#[test]
fn fd07_a_sleep_announced_without_a_look_is_caught() {
    let model = "fd07_a_wake_between_the_announcement_and_the_sleep";
    catches(Mistake::AnnouncesWithoutALook, model, "deadlock");
}

#[test]
fn fd07_a_sleep_that_is_not_ended_is_caught() {
    catches(
        Mistake::NoNotify,
        "fd07_a_wake_between_the_announcement_and_the_sleep",
        "deadlock",
    );
}

/// Two executors on two threads, each of whose futures waits for a wake from the other's.
#[test]
fn two_executors_wake_each_other() {
    model(|| {
        let (one, two) = (flag(), flag());
        let (here, there) = (two.clone(), one.clone());
        let wakers = Arc::new(loom::sync::Mutex::new((None::<Waker>, None::<Waker>)));
        let theirs = wakers.clone();
        let other = thread::spawn(move || {
            Executor::new().block_on(until(one, 1, |waker| {
                here.fetch_add(1, Ordering::Relaxed);
                let mut wakers = theirs.lock().unwrap();
                wakers.0 = Some(waker);
                let wake = wakers.1.take();
                drop(wakers);
                wake.into_iter().for_each(Waker::wake);
            }));
        });
        Executor::new().block_on(until(two, 1, |waker| {
            there.fetch_add(1, Ordering::Relaxed);
            let mut wakers = wakers.lock().unwrap();
            wakers.1 = Some(waker);
            let wake = wakers.0.take();
            drop(wakers);
            wake.into_iter().for_each(Waker::wake);
        }));
        other.join().unwrap();
    });
}

/// A wake of a task whose slot has another by then: at most nothing.
#[test]
fn fc03_a_wake_from_elsewhere_against_the_end_of_its_task() {
    model(|| {
        let executor = Executor::new();
        let waker = Rc::new(Cell::new(None));
        let there = waker.clone();
        let task = executor.spawn(poll_fn(move |cx| {
            there.set(Some(cx.waker().clone()));
            Poll::Ready(())
        }));
        executor.turn(1);
        let waker: Waker = waker.take().unwrap();
        thread::spawn(move || waker.wake());
        drop(task);
        let _other = executor.spawn(pending::<()>());
        // Its first poll, and no other.
        assert_eq!(executor.turn(9) + executor.turn(9), 1);
    });
}
