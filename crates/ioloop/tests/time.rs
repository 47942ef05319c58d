//! Timers, intervals, periodic callbacks.

mod logged;
mod trace;

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake};
use std::time::Duration;

use ioloop::{IoLoop, PeriodicCallback, Timeout, interval, sleep};
use logged::logged;
use trace::{Trace, stop};

const MS: Duration = Duration::from_millis(1);

/// F8, F9, FE07: in the order of deadlines, equal ones first in, first out.
#[test]
fn f9_timers_fire_in_order_and_equal_ones_first_in_first_out() {
    let io_loop = IoLoop::virtual_time().unwrap();
    let trace = Trace::default();
    let base = io_loop.time();
    for (name, at) in [("c1", 3), ("a1", 1), ("c2", 3), ("b", 2), ("a2", 1)] {
        io_loop.call_at(base + at * MS, trace.says(name));
    }
    // "c3" is due with c1 and c2, though it is set otherwise.
    io_loop.add_timeout(3 * MS, trace.says("c3"));
    io_loop.add_timeout(base + 4 * MS, stop);
    io_loop.run();
    assert_eq!(trace.take(), ["a1", "a2", "b", "c1", "c2", "c3"]);
    assert_eq!(io_loop.time() - base, 4 * MS);
}

/// F11: a timer that is due in this very turn is taken back; one that was called or taken back before is no error.
#[test]
fn f11_a_due_timer_can_be_taken_back() {
    let io_loop = IoLoop::virtual_time().unwrap();
    let trace = Trace::default();
    let second: Rc<Cell<Option<Timeout>>> = Rc::default();
    let (t, s) = (trace.clone(), second.clone());
    let first = io_loop.call_later(MS, move || {
        t.add("first");
        IoLoop::current().remove_timeout(s.get().unwrap());
        IoLoop::current().remove_timeout(s.get().unwrap());
    });
    second.set(Some(io_loop.call_later(MS, trace.says("second"))));
    io_loop.call_later(MS, stop);
    io_loop.run();
    assert_eq!(trace.take(), ["first"]);
    io_loop.remove_timeout(first);
    // Nor is it anything to another loop, which has a timer in the same place.
    let other = IoLoop::virtual_time().unwrap();
    other.call_later(MS, stop);
    other.remove_timeout(first);
    other.run();
}

/// F12, FE04: timers that are taken back leave nothing.
#[test]
fn f12_cancelled_timers_do_not_pile_up() {
    let io_loop = IoLoop::virtual_time().unwrap();
    for _ in 0..2000 {
        let timeout = io_loop.call_later(Duration::from_secs(3600), || unreachable!());
        io_loop.remove_timeout(timeout);
    }
    assert_eq!(io_loop.timers(), 0);
}

/// E7: many sleep side by side, and wake in the order of their deadlines, equal ones as they began.
#[test]
fn e7_sleepers_wake_in_the_order_of_their_deadlines() {
    let io_loop = IoLoop::virtual_time().unwrap();
    let trace = Trace::default();
    let begin = io_loop.time();
    for (name, after) in [("c", 30), ("a", 10), ("b1", 20), ("b2", 20)] {
        let trace = trace.clone();
        drop(io_loop.spawn(async move {
            sleep(after * MS).await;
            trace.add(name);
        }));
    }
    io_loop.call_later(31 * MS, stop);
    io_loop.run();
    assert_eq!(trace.take(), ["a", "b1", "b2", "c"]);
    assert_eq!(io_loop.time() - begin, 31 * MS);
}

/// E10: a beat that is missed is skipped, and the grid kept.
#[test]
fn e10_late_beats_are_skipped_and_the_grid_is_kept() {
    // How long each call takes, and when calls come, on a grid of 10 that starts at 1000: what Tornado's own test expects.
    let takes = [9, 9, 10, 11, 20, 20, 35, 35, 0, 0, 0];
    let expected = [
        1010, 1020, 1030, 1050, 1070, 1100, 1130, 1170, 1210, 1220, 1230,
    ];
    let io_loop = IoLoop::virtual_time().unwrap();
    let begin = io_loop.time();
    io_loop.advance(1000 * MS);
    let beats = Rc::new(RefCell::new(Vec::new()));
    let (there, mut takes) = (beats.clone(), takes.into_iter());
    let callback = PeriodicCallback::new(10 * MS, move || {
        let io_loop = IoLoop::current();
        there
            .borrow_mut()
            .push((io_loop.time() - begin).as_millis());
        io_loop.advance(takes.next().expect("it was stopped") * MS);
        if takes.len() == 0 {
            io_loop.stop();
        }
    });
    io_loop.enter(|| callback.start());
    io_loop.run();
    io_loop.enter(|| callback.stop());
    assert_eq!(*beats.borrow(), expected);
    // Blocked for 70 in a grid of 50: beats 1, 2, 4, 5.
    let io_loop = IoLoop::virtual_time().unwrap();
    let begin = io_loop.time();
    let beats = io_loop.block_on(async {
        let mut interval = interval(50 * MS);
        let mut beats = Vec::new();
        for takes in [0, 70, 0, 0] {
            interval.tick().await;
            beats.push((IoLoop::current().time() - begin).as_millis() / 50);
            IoLoop::current().advance(takes * MS);
        }
        beats
    });
    assert_eq!(beats, [1, 2, 4, 5]);
}

/// E11: its panic is logged and it goes on; it can be stopped inside itself, and started again there.
#[test]
fn e11_a_periodic_callback_survives_its_panic_and_can_stop_itself() {
    let io_loop = IoLoop::virtual_time().unwrap();
    let trace = Trace::default();
    let itself: Rc<RefCell<Option<PeriodicCallback>>> = Rc::default();
    let (t, this, calls) = (trace.clone(), itself.clone(), Cell::new(0));
    let begin = io_loop.time();
    let callback = PeriodicCallback::new(10 * MS, move || {
        calls.set(calls.get() + 1);
        let at = IoLoop::current().time() - begin;
        t.add(format!("call {} at {at:?}", calls.get()));
        let this = this.borrow().clone().unwrap();
        match calls.get() {
            1 => panic!("on the first beat"),
            2 => {
                this.stop();
                assert!(!this.is_running());
                IoLoop::current().advance(5 * MS);
                this.start();
                this.start();
            }
            _ => this.stop(),
        }
    });
    *itself.borrow_mut() = Some(callback.clone());
    io_loop.enter(|| callback.start());
    assert!(callback.is_running());
    io_loop.call_later(1000 * MS, stop);
    let lines = logged(|| io_loop.run());
    let panics = ["ERROR Exception in callback: panicked: on the first beat"];
    assert_eq!(lines, panics);
    let expected = ["call 1 at 10ms", "call 2 at 20ms", "call 3 at 35ms"];
    assert_eq!(trace.take(), expected);
    assert!(!callback.is_running());
    assert_eq!(io_loop.timers(), 0);
    itself.borrow_mut().take();
}

/// E11: a period has to have a length.
#[test]
fn e11_a_period_of_zero_is_refused() {
    let new = std::panic::catch_unwind(|| PeriodicCallback::new(Duration::ZERO, || ()));
    assert!(new.is_err());
    let io_loop = IoLoop::new().unwrap();
    let made = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        io_loop.enter(|| interval(Duration::ZERO))
    }));
    assert!(made.is_err());
}

/// E12: a future as its callback does not overlap itself; its error is logged, and the next beat comes.
#[test]
fn e12_an_async_callback_does_not_overlap_itself() {
    let io_loop = IoLoop::virtual_time().unwrap();
    let trace = Trace::default();
    let t = trace.clone();
    let begin = io_loop.time();
    let callback = PeriodicCallback::new_async(10 * MS, move || {
        let t = t.clone();
        async move {
            t.add(format!("begins at {:?}", IoLoop::current().time() - begin));
            sleep(25 * MS).await;
            "x".parse::<u8>().map(drop)
        }
    });
    io_loop.enter(|| callback.start());
    io_loop.call_later(75 * MS, stop);
    let lines = logged(|| io_loop.run());
    assert_eq!(
        trace.take(),
        ["begins at 10ms", "begins at 40ms", "begins at 70ms"]
    );
    assert_eq!(
        lines,
        ["ERROR Exception in callback: invalid digit found in string"; 2]
    );
    io_loop.close();
}

/// FE01: as long as you like, without a panic: that is about 30 years. A deadline that is far off, or past.
#[test]
fn fe01_endless_durations_are_about_thirty_years() {
    const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);
    let io_loop = IoLoop::virtual_time().unwrap();
    let begin = io_loop.time();
    io_loop.call_later(Duration::MAX, stop);
    io_loop.run();
    assert_eq!(io_loop.time() - begin, 30 * YEAR);
    io_loop.block_on(async {
        sleep(Duration::MAX).await;
        let _ = ioloop::timeout(Duration::MAX, std::future::ready(())).await;
        let mut endless = interval(Duration::MAX);
        assert!(futures::poll!(std::pin::pin!(endless.tick())).is_pending());
        interval(Duration::from_nanos(1)).tick().await;
    });
    io_loop.call_at(begin, stop);
    io_loop.run();
}

/// FE02: a sleep of no length takes a turn: others go first, and a loop over it does not spin alone.
#[test]
fn fe02_a_sleep_of_no_length_takes_a_turn() {
    let io_loop = IoLoop::virtual_time().unwrap();
    let begin = io_loop.time();
    let trace = Trace::default();
    let t = trace.clone();
    drop(io_loop.spawn(async move {
        for _ in 0..2 {
            sleep(Duration::ZERO).await;
            t.add("slept");
        }
        stop();
    }));
    let t = trace.clone();
    drop(io_loop.spawn(async move { t.add("another") }));
    io_loop.run();
    assert_eq!(trace.take(), ["another", "slept", "slept"]);
    assert_eq!(io_loop.time(), begin);
}

/// FE05: the newest waker is woken: a sleep that one task began and another one awaits.
#[test]
fn fe05_a_timer_that_moves_to_another_task_wakes_that_one() {
    let io_loop = IoLoop::virtual_time().unwrap();
    let polls = Rc::new(Cell::new(0));
    let count = polls.clone();
    let (give, mut take) = executor::channel(1);
    drop(io_loop.spawn(async move {
        let mut timer = Box::pin(sleep(5 * MS));
        assert!(futures::poll!(&mut timer).is_pending());
        give.send(timer).await.unwrap();
        std::future::poll_fn(|_| {
            count.set(count.get() + 1);
            Poll::<()>::Pending
        })
        .await;
    }));
    io_loop.block_on(async move { take.recv().await.unwrap().await });
    assert_eq!(polls.get(), 1, "the first task was not woken by it");
}

/// FE06: dropped in the turn in which it is due, it wakes nobody, nor does the timer that gets its place then.
#[test]
fn fe06_a_timer_dropped_in_the_turn_in_which_it_fires_wakes_nobody() {
    struct Counts(AtomicUsize);
    impl Wake for Counts {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
    let io_loop = IoLoop::virtual_time().unwrap();
    let trace = Trace::default();
    let held = Rc::new(RefCell::new(Some(Box::pin(sleep(MS)))));
    let (t, there) = (trace.clone(), held.clone());
    // Set first, so it is called before the timer, which is due with it.
    io_loop.call_later(MS, move || {
        drop(there.borrow_mut().take());
        IoLoop::current().call_later(MS, t.says("another"));
    });
    let wakes = Arc::new(Counts(AtomicUsize::new(0)));
    let waker = wakes.clone().into();
    io_loop.enter(|| {
        let mut timer = held.borrow_mut();
        let timer = timer.as_mut().unwrap().as_mut();
        assert!(timer.poll(&mut Context::from_waker(&waker)).is_pending());
    });
    io_loop.call_later(5 * MS, stop);
    io_loop.run();
    assert_eq!(trace.take(), ["another"]);
    assert_eq!(wakes.0.load(Ordering::Relaxed), 0);
}
