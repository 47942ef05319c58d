//! The sleep of a reactor, in a system call: announced, ended by `unpark`, once.

use std::sync::Arc as Plain;
use std::sync::atomic::Ordering;

use executor::{Executor, Mistake};
use loom::sync::atomic::AtomicUsize;
use loom::sync::{Arc, Condvar, Mutex};
use loom::thread;

use crate::{catches, elsewhere, flag, large_model, model, until, waits};

/// What the system call waits for, as eventfd has it: a count, to which `unpark` adds. What is added before the wait is
/// not lost.
struct EventFd {
    count: Mutex<usize>,
    added: Condvar,
}

impl EventFd {
    fn new() -> Plain<Self> {
        Plain::new(Self {
            count: Mutex::new(0),
            added: Condvar::new(),
        })
    }

    fn add(&self) {
        *self.count.lock().unwrap() += 1;
        self.added.notify_one();
    }

    /// Waits for something to read, and reads it.
    fn wait(&self) -> usize {
        let mut count = self.count.lock().unwrap();
        while *count == 0 {
            count = self.added.wait(count).unwrap();
        }
        std::mem::take(&mut count)
    }

    fn executor(self: &Plain<Self>) -> Executor {
        let there = self.clone();
        Executor::with_unpark(move || there.add())
    }
}

/// FD07: one wake, at any moment of looking, announcing and sleeping.
#[test]
fn fd07_a_wake_between_the_announcement_and_the_sleep() {
    model(|| {
        let fd = EventFd::new();
        let executor = fd.executor();
        let flag = flag();
        let there = flag.clone();
        let until = until(flag, 1, |waker| {
            elsewhere(move || {
                there.fetch_add(1, Ordering::Relaxed);
                waker.wake();
            });
        });
        let mut sleeps = 0;
        executor.block_on_with(until, |idle| {
            if idle && executor.will_park() {
                sleeps += 1;
                assert_eq!(fd.wait(), 1);
            }
        });
        assert!(sleeps <= 1);
    });
}

#[test]
fn fd07_a_sleep_announced_without_a_look_is_caught() {
    let model = "sleeps::fd07_a_wake_between_the_announcement_and_the_sleep";
    catches(Mistake::AnnouncesWithoutALook, model, "deadlock");
}

#[test]
fn fd07_a_sleep_that_is_not_ended_is_caught() {
    let model = "sleeps::fd07_a_wake_between_the_announcement_and_the_sleep";
    catches(Mistake::NoNotify, model, "deadlock");
}

/// FD07: two wakes, one after the other: the second may come between the end of a sleep and the next look, or between
/// the look and the next sleep.
#[test]
fn fd07_a_wake_between_reading_the_fd_and_parking_again() {
    model(|| {
        let fd = EventFd::new();
        let executor = fd.executor();
        let flag = flag();
        let there = flag.clone();
        let until = until(flag, 2, |waker| {
            elsewhere(move || {
                for _ in 0..2 {
                    there.fetch_add(1, Ordering::Relaxed);
                    waker.wake_by_ref();
                }
            });
        });
        executor.block_on_with(until, |idle| {
            if idle && executor.will_park() {
                assert_eq!(fd.wait(), 1);
            }
        });
    });
}

#[test]
fn fd07_a_look_and_an_announcement_in_two_steps_are_caught() {
    let model = "sleeps::fd07_a_wake_between_reading_the_fd_and_parking_again";
    catches(Mistake::AnnouncesInTwoSteps, model, "deadlock");
}

/// Two threads end the same sleep: one of them, never both.
#[test]
fn an_announced_sleep_is_ended_once_by_two_threads() {
    large_model(|| {
        let fd = EventFd::new();
        let executor = fd.executor();
        let (_one, first) = waits(&executor);
        let (_two, second) = waits(&executor);
        executor.turn(9);
        assert!(executor.will_park());
        let one = thread::spawn(move || first.wake());
        let two = thread::spawn(move || second.wake());
        one.join().unwrap();
        two.join().unwrap();
        assert_eq!(fd.wait(), 1);
        assert_eq!(executor.turn(9), 2);
    });
}

#[test]
fn a_sleep_ended_by_each_of_two_is_caught() {
    let model = "sleeps::an_announced_sleep_is_ended_once_by_two_threads";
    catches(Mistake::RousesForEachLetter, model, "left: ");
}

/// Who has announced nothing is not roused, whatever it does when the wake comes.
#[test]
fn no_sleep_announced_none_ended() {
    model(|| {
        let calls = Arc::new(AtomicUsize::new(0));
        let there = calls.clone();
        let executor = Executor::with_unpark(move || {
            there.fetch_add(1, Ordering::Relaxed);
        });
        let (_task, waker) = waits(&executor);
        let other = thread::spawn(move || waker.wake());
        executor.turn(9);
        assert!(executor.has_work() || executor.turn(9) <= 1);
        other.join().unwrap();
        assert_eq!(calls.load(Ordering::Relaxed), 0);
    });
}

#[test]
fn rousing_one_that_is_awake_is_caught() {
    let model = "sleeps::no_sleep_announced_none_ended";
    catches(Mistake::RousesTheAwake, model, "left: ");
}

/// The announcement holds until the next turn: a wake after that turn ends nothing.
#[test]
fn a_turn_takes_the_announcement_back() {
    model(|| {
        let calls = Arc::new(AtomicUsize::new(0));
        let there = calls.clone();
        let executor = Executor::with_unpark(move || {
            there.fetch_add(1, Ordering::Relaxed);
        });
        let (_task, waker) = waits(&executor);
        let turned = flag();
        let seen = turned.clone();
        assert!(executor.will_park());
        let other = thread::spawn(move || {
            let before = seen.load(Ordering::Acquire);
            waker.wake();
            before
        });
        executor.turn(0);
        turned.store(1, Ordering::Release);
        if other.join().unwrap() == 1 {
            assert_eq!(calls.load(Ordering::Relaxed), 0);
        }
    });
}

#[test]
fn an_announcement_that_lasts_through_a_turn_is_caught() {
    let model = "sleeps::a_turn_takes_the_announcement_back";
    catches(Mistake::StaysAsleepThroughATurn, model, "left: ");
}

/// FC06: `unpark` is called with no lock held: it may look at the executor's wakers, and use them.
#[test]
fn fc06_unpark_may_wake() {
    model(|| {
        let slot = Plain::new(std::sync::Mutex::new(None::<std::task::Waker>));
        let there = slot.clone();
        let executor = Executor::with_unpark(move || {
            let waker = there.lock().unwrap().take();
            waker.into_iter().for_each(std::task::Waker::wake);
        });
        let (_one, first) = waits(&executor);
        let (_two, second) = waits(&executor);
        *slot.lock().unwrap() = Some(second);
        assert!(executor.will_park());
        thread::spawn(move || first.wake()).join().unwrap();
        assert_eq!(executor.turn(9), 2);
    });
}

#[test]
fn fc06_unpark_called_under_the_lock_is_caught() {
    catches(
        Mistake::UnparksUnderTheLock,
        "sleeps::fc06_unpark_may_wake",
        "",
    );
}

/// A wake that has returned is work, also before the executor has looked.
#[test]
fn has_work_sees_what_was_woken_elsewhere() {
    model(|| {
        let executor = Executor::new();
        let (_task, waker) = waits(&executor);
        let woken = flag();
        let there = woken.clone();
        let other = thread::spawn(move || {
            waker.wake();
            there.store(1, Ordering::Release);
        });
        if woken.load(Ordering::Acquire) == 1 {
            assert!(executor.has_work());
            assert!(!executor.will_park());
        }
        other.join().unwrap();
        assert!(executor.has_work());
        assert_eq!(executor.turn(9), 1);
        assert!(!executor.has_work());
    });
}

#[test]
fn a_look_at_ones_own_queue_alone_is_caught() {
    let model = "sleeps::has_work_sees_what_was_woken_elsewhere";
    catches(Mistake::LooksAtItsQueueAlone, model, "has_work");
}
