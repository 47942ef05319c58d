//! Ours and tokio, beside each other: the rows of the table in the notes, each as both do it.

use std::cell::{Cell, RefCell};
use std::future::{pending, poll_fn};
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use ioloop::IoLoop;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc::unbounded_channel;
use tokio::task::LocalSet;
use tokio::time::{Instant, MissedTickBehavior};

const MS: Duration = Duration::from_millis(1);

/// A clock that jumps where the runtime would sleep.
fn tokio_paused() -> Runtime {
    Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap()
}

fn ours() -> IoLoop {
    IoLoop::virtual_time().unwrap()
}

/// What has been told so far, by tasks of one thread.
#[derive(Clone, Default)]
struct Told(Rc<RefCell<Vec<&'static str>>>);

impl Told {
    fn tell(&self, what: &'static str) {
        self.0.borrow_mut().push(what);
    }

    fn all(&self) -> Vec<&'static str> {
        self.0.take()
    }
}

/// FE07: tokio counts in milliseconds, and does not look at the rest: the one that was set first comes first, though it
/// is due later. Ours keeps the order of the deadlines.
#[test]
fn fe07_deadlines_within_a_millisecond() {
    let told = Told::default();
    let (later, earlier) = (MS * 59 / 10, MS * 51 / 10);
    tokio_paused().block_on(LocalSet::new().run_until(async {
        let sleeps = |what, time| {
            let told = told.clone();
            tokio::task::spawn_local(async move {
                tokio::time::sleep(time).await;
                told.tell(what);
            })
        };
        let (one, other) = (sleeps("5.9 ms", later), sleeps("5.1 ms", earlier));
        one.await.unwrap();
        other.await.unwrap();
    }));
    assert_eq!(told.all(), ["5.9 ms", "5.1 ms"]);

    ours().block_on(async {
        let sleeps = |what, time| {
            let told = told.clone();
            ioloop::spawn(async move {
                ioloop::sleep(time).await;
                told.tell(what);
            })
        };
        let (one, other) = (sleeps("5.9 ms", later), sleeps("5.1 ms", earlier));
        one.await.unwrap();
        other.await.unwrap();
    });
    assert_eq!(told.all(), ["5.1 ms", "5.9 ms"]);
}

/// FE09: a result and its limit in the same moment: the result wins, with both.
#[test]
fn fe09_timeout_asks_the_future_first() {
    let tokio = tokio_paused().block_on(async {
        let limit = MS * 5;
        tokio::time::timeout(limit, tokio::time::sleep(limit)).await
    });
    assert!(tokio.is_ok());
    let ours = ours().block_on(async {
        let limit = MS * 5;
        ioloop::timeout(limit, ioloop::sleep(limit)).await
    });
    assert!(ours.is_ok());
}

/// What is too late is dropped, with both `timeout`s. Tornado's `with_timeout` (and ours) lets it go on.
#[test]
fn timeout_drops_what_is_too_late() {
    let told = Told::default();
    let endless = || {
        let told = told.clone();
        async move {
            let _local = Local(told);
            pending::<()>().await;
        }
    };
    tokio_paused().block_on(async {
        let late = tokio::time::timeout(MS, endless()).await;
        assert!(late.is_err());
        told.tell("too late");
    });
    assert_eq!(told.all(), ["dropped", "too late"]);
    ours().block_on(async {
        let late = ioloop::timeout(MS, endless()).await;
        assert!(late.is_err());
        told.tell("too late");
    });
    assert_eq!(told.all(), ["dropped", "too late"]);
}

/// Tells when it is dropped.
struct Local(Told);

impl Drop for Local {
    fn drop(&mut self) {
        self.0.tell("dropped");
    }
}

/// Beats of 10 ms, whose second one is kept from its time by 35 ms of other work: when each comes.
async fn tokio_beats(missed: MissedTickBehavior) -> Vec<u128> {
    let begin = Instant::now();
    let mut interval = tokio::time::interval(MS * 10);
    interval.set_missed_tick_behavior(missed);
    let mut beats = Vec::new();
    for beat in 0..5 {
        interval.tick().await;
        beats.push(begin.elapsed().as_millis());
        if beat == 1 {
            tokio::time::sleep(MS * 35).await;
        }
    }
    beats
}

/// D rows of Tornado's PeriodicCallback: missed beats are skipped. tokio makes up for them, unless it is told not to, and
/// its first comes at once.
#[test]
fn an_interval_after_missed_beats() {
    let tokio = |missed| tokio_paused().block_on(tokio_beats(missed));
    assert_eq!(tokio(MissedTickBehavior::Burst), [0, 10, 45, 45, 45]);
    assert_eq!(tokio(MissedTickBehavior::Skip), [0, 10, 45, 50, 60]);
    assert_eq!(tokio(MissedTickBehavior::Delay), [0, 10, 45, 55, 65]);

    let io_loop = ours();
    let begin = io_loop.time();
    let beats = io_loop.block_on(async {
        let mut interval = ioloop::interval(MS * 10);
        let mut beats = Vec::new();
        for beat in 0..5 {
            interval.tick().await;
            beats.push((IoLoop::current().time() - begin).as_millis());
            if beat == 1 {
                ioloop::sleep(MS * 35).await;
            }
        }
        beats
    });
    assert_eq!(beats, [10, 20, 60, 70, 80]);
}

/// FC11: a task that always finds something to do. tokio's own channels count what they give: after 128 the task has to
/// wait for its next turn. (Only what asks the budget is counted: its channels, sockets and timers.)
#[test]
fn fc11_the_budget_of_tokio_is_128_of_its_own_operations() {
    let received = Rc::new(Cell::new(0));
    let (sender, mut receiver) = unbounded_channel();
    (0..1000).for_each(|n| sender.send(n).unwrap());
    let before_the_other = tokio_paused().block_on(LocalSet::new().run_until(async {
        let count = received.clone();
        tokio::task::spawn_local(async move {
            while receiver.recv().await.is_some() {
                count.set(count.get() + 1);
            }
        });
        tokio::task::spawn_local(async move { received.get() }).await
    }));
    assert_eq!(before_the_other.unwrap(), 128);
}

/// FC11: ours counts polls of tasks, not what a task does inside one: 64 a turn, whoever's channel it is.
#[test]
fn fc11_the_budget_of_ours_is_64_polls_a_turn() {
    let polls = Rc::new(Cell::new(0));
    let io_loop = ours();
    let count = polls.clone();
    io_loop.block_on(async {
        drop(ioloop::spawn(poll_fn(move |cx| {
            count.set(count.get() + 1);
            cx.waker().wake_by_ref();
            Poll::<()>::Pending
        })));
        ioloop::yield_now().await; // its first poll
    });
    let before = polls.get();
    let during = Rc::new(Cell::new(0));
    let seen = during.clone();
    io_loop.add_callback(move || seen.set(polls.get()));
    io_loop.block_on(async {
        while during.get() == 0 {
            ioloop::yield_now().await;
        }
    });
    assert!(during.get() - before <= 64, "{before}, {}", during.get());
}

/// A handle that is dropped lets its task go on, with both.
#[test]
fn a_dropped_handle_lets_its_task_go_on() {
    let told = Told::default();
    let ours_told = told.clone();
    ours().block_on(async {
        drop(ioloop::spawn(async move { ours_told.tell("ours ends") }));
        ioloop::yield_now().await;
    });
    let theirs_told = told.clone();
    tokio_paused().block_on(LocalSet::new().run_until(async {
        drop(tokio::task::spawn_local(async move {
            theirs_told.tell("theirs ends");
        }));
        tokio::task::yield_now().await;
    }));
    assert_eq!(told.all(), ["ours ends", "theirs ends"]);
}
