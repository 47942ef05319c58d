//! The forty lines keep the contract of wakers: no poll too many, none too few.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

use lesson_07_executor::forty_lines::{Task, block_on, run};
use timeline::{Explorer, thread};

#[allow(dead_code, reason = "it has a `main` of its own")]
#[path = "../examples/wakers.rs"]
mod wakers;

/// What is polled `times` times more, and wakes itself each time.
async fn wakes_itself(times: u32, each: impl Fn()) {
    let mut left = times;
    poll_fn(|cx| {
        each();
        left = match left {
            0 => return Poll::Ready(()),
            left => left - 1,
        };
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

#[test]
fn a_future_may_borrow_and_gives_its_result() {
    let word = String::from("borrowed");
    assert_eq!(block_on(async { word.len() }), 8);
}

/// FC01: however the reply comes, before the poll, in it, or after it, its wake is not lost. The two wrong futures of the
/// example are caught.
#[test]
fn fc01_no_wake_is_lost_in_any_order() {
    let [(_, forgets), (_, too_late), (_, waits)] = wakers::explore_all();
    waits.assert_no_failure();
    assert!(waits.schedules > 1);
    assert!(forgets.failed > 0 && too_late.failed > 0);
}

/// It sleeps while it waits: two polls, one to leave the waker and one to take the reply, whenever that comes.
#[test]
fn it_polls_once_for_each_wake_and_never_spins() {
    let seen = Explorer::new().run(|| {
        let (give, take) = timeline::channel::<Waker>();
        thread::spawn("io", move || take.recv().unwrap().wake());
        let polls = Cell::new(0);
        block_on(poll_fn(|cx| {
            polls.set(polls.get() + 1);
            if polls.get() == 1 {
                give.send(cx.waker().clone()).unwrap();
                return Poll::Pending;
            }
            Poll::Ready(())
        }));
        assert_eq!(polls.get(), 2);
    });
    seen.assert_no_failure();
    assert!(seen.schedules > 1);
}

/// A wake in the middle of the poll, before it returns `Pending`: from this thread, and from another.
#[test]
fn a_task_that_is_woken_while_it_runs_runs_once_more() {
    let polls = Cell::new(0);
    block_on(wakes_itself(3, || polls.set(polls.get() + 1)));
    assert_eq!(polls.get(), 4);
    let mut woken = false;
    block_on(poll_fn(|cx| {
        if woken {
            return Poll::Ready(());
        }
        woken = true;
        let waker = cx.waker().clone();
        std::thread::spawn(|| waker.wake()).join().unwrap();
        Poll::Pending
    }));
}

/// FC11, as far as a queue goes: first in, first out, also for one that is ready again and again.
#[test]
fn tasks_that_wake_themselves_take_turns() {
    let turns = RefCell::new(String::new());
    let task = |name| -> Task<'_> {
        let turns = &turns;
        Box::pin(wakes_itself(2, move || turns.borrow_mut().push(name)))
    };
    run(vec![task('a'), task('b')]);
    assert_eq!(*turns.borrow(), "ababab");
}

/// FC04: a thousand wakes are one entry in the queue.
#[test]
fn fc04_wakes_that_come_before_the_turn_are_one() {
    let polls = Cell::new(0);
    let waker = RefCell::new(None::<Waker>);
    let woken: Task<'_> = Box::pin(poll_fn(|cx| {
        polls.set(polls.get() + 1);
        waker.replace(Some(cx.waker().clone()));
        if polls.get() == 3 {
            return Poll::Ready(());
        }
        Poll::Pending
    }));
    let wakes: Task<'_> = Box::pin(async {
        for turn in [2, 3] {
            let many = waker.take().unwrap();
            (0..1000).for_each(|_| many.wake_by_ref());
            wakes_itself(1, || ()).await;
            assert_eq!(polls.get(), turn, "one poll for a thousand wakes");
        }
    });
    run(vec![woken, wakes]);
    assert_eq!(polls.get(), 3);
}

/// FC03, FC05: a wake for a task that is over, and one when everything is over, do nothing.
#[test]
fn fc03_fc05_what_is_over_is_not_polled_and_a_late_wake_does_no_harm() {
    let kept = RefCell::new(None::<Waker>);
    let polls = Cell::new(0);
    let over: Task<'_> = Box::pin(poll_fn(|cx| {
        kept.replace(Some(cx.waker().clone()));
        polls.set(polls.get() + 1);
        cx.waker().wake_by_ref();
        Poll::Ready(())
    }));
    run(vec![over, Box::pin(wakes_itself(5, || ()))]);
    assert_eq!(polls.get(), 1);
    let kept = kept.take().unwrap();
    kept.wake_by_ref();
    std::thread::spawn(|| kept.wake()).join().unwrap();
}

/// FC07: `wake` only queues, so it may be called with a lock held that the task wants.
#[test]
fn fc07_a_wake_with_the_tasks_own_lock_held_is_no_deadlock() {
    let place = Mutex::new((0, None::<Waker>));
    let gets: Task<'_> = Box::pin(poll_fn(|cx| {
        let mut place = place.lock().unwrap();
        place.1 = Some(cx.waker().clone());
        if place.0 == 7 {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }));
    let gives: Task<'_> = Box::pin(async {
        let mut place = place.lock().unwrap();
        place.0 = 7;
        place.1.take().unwrap().wake();
    });
    run(vec![gets, gives]);
}

/// Counts its wakes, and passes them on.
struct Counts(Mutex<u32>, Waker);

impl Wake for Counts {
    fn wake(self: Arc<Self>) {
        *self.0.lock().unwrap() += 1;
        self.1.wake_by_ref();
    }
}

/// Any future bears a poll that nobody asked for: a second poll, of a future that has another waker by then.
#[test]
fn a_promise_wakes_the_newest_waker() {
    let (promise, mut future) = promise::pair();
    let mut promise = Some(promise);
    let mut wakers = Vec::new();
    let got = block_on(poll_fn(|cx| {
        let counts = Arc::new(Counts(Mutex::new(0), cx.waker().clone()));
        wakers.push(counts.clone());
        let polled = Pin::new(&mut future).poll(&mut Context::from_waker(&counts.into()));
        match wakers.len() {
            1 => cx.waker().wake_by_ref(), // a poll that nobody asked for
            2 => promise.take().unwrap().set(42),
            _ => {}
        }
        polled
    }));
    assert_eq!(got.unwrap(), 42);
    let woken: Vec<u32> = wakers.iter().map(|it| *it.0.lock().unwrap()).collect();
    assert_eq!(woken, [0, 1, 0]);
}

/// A task that panics takes the others with it: they are dropped.
#[test]
fn a_panic_of_a_task_goes_on_to_the_caller() {
    let held = Arc::new(());
    let there = held.clone();
    let waits: Task<'_> = Box::pin(async move {
        std::future::pending::<()>().await;
        drop(there);
    });
    let panics: Task<'_> = Box::pin(async { panic!("oh") });
    let tasks = std::panic::AssertUnwindSafe(vec![waits, panics]);
    let payload = std::panic::catch_unwind(|| run({ tasks }.0)).unwrap_err();
    assert_eq!(payload.downcast_ref(), Some(&"oh"));
    assert_eq!(Arc::strong_count(&held), 1);
}
