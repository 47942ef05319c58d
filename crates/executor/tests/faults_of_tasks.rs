//! The faults of other executors' tasks, one by one.

use std::cell::{Cell, RefCell};
use std::future::{pending, poll_fn, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, mpsc};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;

use executor::{Executor, JoinHandle, block_on, spawn, yield_now};

/// Waits for ever, and calls a function when it is dropped.
struct OnDrop<F: FnMut()>(F);

impl<F: FnMut() + Unpin> Future for OnDrop<F> {
    type Output = ();
    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        Poll::Pending
    }
}

impl<F: FnMut()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

/// What a panic says.
fn panic_of(function: impl FnOnce()) -> String {
    let payload = catch_unwind(AssertUnwindSafe(function)).expect_err("no panic");
    match payload.downcast::<String>() {
        Ok(text) => *text,
        Err(payload) => payload.downcast_ref::<&str>().unwrap().to_string(),
    }
}

/// FC09
#[test]
fn fc09_a_panic_is_an_error_for_the_handle_and_nothing_for_others() {
    block_on(async {
        let panics = spawn(async { panic!("in {}", "poll") });
        let dropped = spawn({
            let bomb = OnDrop(|| panic!("in drop"));
            async move {
                let _bomb = bomb;
            }
        });
        struct Bomb;
        impl Drop for Bomb {
            fn drop(&mut self) {
                panic!("in the drop of a result");
            }
        }
        drop(spawn(async { Bomb }));
        let fine = spawn(async { 7 });
        let error: executor::JoinError = panics.await.unwrap_err();
        assert!(error.is_panic() && !error.is_cancelled());
        assert_eq!(error.to_string(), "the task panicked: in poll");
        let error = dropped.await.unwrap_err();
        assert_eq!(error.to_string(), "the task panicked: in drop");
        assert_eq!(fine.await.unwrap(), 7);
    });
}

/// FC09: a panic in the drop of a future that has given its result already.
#[test]
fn fc09_a_panic_in_the_drop_of_a_finished_future() {
    struct Done;
    impl Future for Done {
        type Output = u8;
        fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<u8> {
            Poll::Ready(1)
        }
    }
    impl Drop for Done {
        fn drop(&mut self) {
            panic!("late");
        }
    }
    let executor = Executor::new();
    let error = executor.block_on(executor.spawn(Done)).unwrap_err();
    assert_eq!(error.to_string(), "the task panicked: late");
    assert_eq!(executor.tasks(), 0);
}

/// FC09: a waker that panics.
#[test]
fn fc09_a_panic_in_the_waker_of_who_awaits() {
    struct Panics;
    impl Wake for Panics {
        fn wake(self: Arc<Self>) {
            panic!("woken");
        }
    }
    let executor = Executor::new();
    let mut task = executor.spawn(ready(3));
    let waker = Waker::from(Arc::new(Panics));
    let polled = Pin::new(&mut task).poll(&mut Context::from_waker(&waker));
    assert!(polled.is_pending());
    assert_eq!(executor.turn(9), 1);
    assert_eq!(executor.block_on(task).unwrap(), 3);
}

/// FC09: `block_on` itself.
#[test]
fn fc09_an_executor_is_of_use_after_a_panic_of_block_on() {
    let executor = Executor::new();
    let said = panic_of(|| executor.block_on(async { panic!("out") }));
    assert_eq!(said, "out");
    assert_eq!(executor.block_on(executor.spawn(ready(1))).unwrap(), 1);
}

/// FC10
#[test]
fn fc10_a_panic_in_a_drop_at_shutdown_goes_on_when_all_are_dropped() {
    let executor = Executor::new();
    let dropped = Rc::new(Cell::new(0));
    for number in 0..5 {
        let dropped = dropped.clone();
        drop(executor.spawn(OnDrop(move || {
            dropped.set(dropped.get() + 1);
            if number % 2 == 1 {
                panic!("one of two");
            }
        })));
    }
    assert_eq!(panic_of(|| drop(executor)), "one of two");
    assert_eq!(dropped.get(), 5);
    // Nothing of it is current any more.
    assert!(panic_of(|| drop(spawn(ready(())))).contains("no executor"));
}

/// FC11: the reactor is called after 64 polls, though a task wakes itself without end.
#[test]
fn fc11_a_task_that_wakes_itself_starves_nobody() {
    let executor = Executor::new();
    let polls = Rc::new(Cell::new(0));
    let count = polls.clone();
    drop(executor.spawn(poll_fn(move |cx| {
        count.set(count.get() + 1);
        cx.waker().wake_by_ref();
        Poll::<()>::Pending
    })));
    let timer = Rc::new(RefCell::new(None::<Waker>));
    let mut turns = 0;
    let mut first = true;
    executor.block_on_with(
        poll_fn(|cx| {
            *timer.borrow_mut() = Some(cx.waker().clone());
            if std::mem::take(&mut first) {
                Poll::Pending
            } else {
                Poll::Ready(())
            }
        }),
        |idle| {
            assert!(!idle);
            turns += 1;
            timer.take().unwrap().wake();
        },
    );
    // 63 beside the first poll of the future; after the wake the task is polled once more.
    assert_eq!((turns, polls.get()), (1, 64));
}

/// FC12: aborted before its first poll, while it waits, by itself, when it is over.
#[test]
fn fc12_abort_in_every_state() {
    let executor = Executor::new();
    let ready_one = executor.spawn(async { unreachable!() });
    ready_one.abort();
    let dropped = Rc::new(Cell::new(false));
    let flag = dropped.clone();
    let waiting = executor.spawn(OnDrop(move || flag.set(true)));
    assert_eq!(executor.turn(9), 2);
    waiting.abort();
    waiting.abort();
    assert!(!dropped.get(), "not inside the call");
    assert_eq!(executor.turn(9), 1);
    assert!(dropped.get());
    let own = Rc::new(RefCell::new(None::<JoinHandle<()>>));
    let there = own.clone();
    let itself = executor.spawn(async move {
        there.borrow().as_ref().unwrap().abort();
        pending::<()>().await;
    });
    own.replace(Some(itself));
    assert_eq!(executor.turn(9), 2);
    let over = executor.spawn(ready(5));
    executor.turn(9);
    over.abort();
    let cancelled = |outcome: Result<(), executor::JoinError>| outcome.unwrap_err().is_cancelled();
    executor.block_on(async {
        assert!(cancelled(ready_one.await));
        assert!(cancelled(waiting.await));
        let itself = own.take().unwrap();
        assert!(cancelled(itself.await));
        assert_eq!(over.await.unwrap(), 5);
    });
}

/// FC12: the future of an aborted task is dropped on its own thread, whoever aborts.
#[test]
fn fc12_aborted_from_another_thread_dropped_on_its_own() {
    let executor = Executor::new();
    let at = Rc::new(Cell::new(None));
    let there = at.clone();
    let task = executor.spawn(OnDrop(move || there.set(Some(thread::current().id()))));
    let handle = task.abort_handle();
    executor.turn(1);
    let aborts = thread::spawn(move || (handle.abort(), handle));
    let error = executor.block_on(task).unwrap_err();
    assert!(error.is_cancelled());
    assert_eq!(at.get(), Some(thread::current().id()));
    let ((), handle) = aborts.join().unwrap();
    // Its slot has another now, which it does not mean.
    let other = executor.spawn(yield_now());
    handle.abort();
    executor.block_on(other).unwrap();
}

/// FC12: dropping the handle detaches.
#[test]
fn fc12_a_detached_task_goes_on() {
    let (say, said) = mpsc::channel();
    block_on(async {
        drop(spawn(async move {
            yield_now().await;
            say.send(()).unwrap();
        }));
        yield_now().await;
        yield_now().await;
    });
    said.try_recv().unwrap();
}

/// FC13: tasks that hold their own wakers and each other's handles are gone with the executor.
#[test]
fn fc13_no_task_outlives_the_executor() {
    let alive = Rc::new(());
    let executor = Executor::new();
    for _ in 0..3 {
        let alive = alive.clone();
        let kept = RefCell::new(None);
        let inner = executor.spawn(async move {
            let _alive = alive;
            poll_fn(|cx| {
                kept.replace(Some(cx.waker().clone()));
                Poll::<()>::Pending
            })
            .await;
        });
        drop(executor.spawn(inner));
    }
    executor.turn(100);
    assert_eq!((executor.tasks(), Rc::strong_count(&alive)), (6, 4));
    drop(executor);
    assert_eq!(Rc::strong_count(&alive), 1);
}

/// FC14
#[test]
fn fc14_what_cannot_work_is_a_panic_that_says_why() {
    assert!(panic_of(|| drop(spawn(async {}))).contains("no executor runs"));
    let executor = Executor::new();
    let nested = || assert!(panic_of(|| executor.block_on(async {})).contains("already"));
    executor.block_on(async { nested() });
    executor.block_on(async { assert!(panic_of(|| block_on(async {})).contains("already")) });
    executor.block_on(async {
        assert!(panic_of(|| assert_eq!(executor.turn(1), 0)).contains("already"))
    });
    // And all is well afterwards.
    assert_eq!(executor.block_on(executor.spawn(ready(1))).unwrap(), 1);
    let mut task = executor.spawn(ready(1));
    executor.block_on(&mut task).unwrap();
    let said = panic_of(|| drop(executor.block_on(&mut task)));
    assert!(said.contains("after it gave its result"));
}

/// FC15: on a stack of 256 KiB.
#[test]
fn fc15_a_million_tasks_and_a_chain_of_joins() {
    let (many, deep) = if cfg!(miri) {
        (50, 50)
    } else {
        (1_000_000, 100_000)
    };
    let small = thread::Builder::new().stack_size(256 * 1024);
    let run = move || {
        let executor = Executor::new();
        let done = Rc::new(Cell::new(0));
        for _ in 0..many {
            let done = done.clone();
            drop(executor.spawn(async move { done.set(done.get() + 1) }));
        }
        let mut last = executor.spawn(ready(0));
        for _ in 0..deep {
            last = executor.spawn(async move { last.await.unwrap() + 1 });
        }
        assert_eq!(executor.block_on(last).unwrap(), deep);
        assert_eq!((done.get(), executor.tasks()), (many, 0));
        // And a chain that is dropped.
        let mut last = executor.spawn(pending::<()>());
        for _ in 0..deep {
            last = executor.spawn(async move { last.await.unwrap() });
        }
        drop(last);
        executor.turn(usize::MAX);
    };
    small.spawn(run).unwrap().join().unwrap();
}

/// FC16: from a poll, from a drop, from a waker: queued, never polled on the spot.
#[test]
fn fc16_spawn_from_everywhere() {
    struct Spawns(mpsc::Sender<&'static str>);
    impl Wake for Spawns {
        fn wake(self: Arc<Self>) {
            let say = self.0.clone();
            drop(spawn(async move { say.send("by a waker").unwrap() }));
        }
    }
    let executor = Executor::new();
    let (say, said) = mpsc::channel();
    let (in_poll, in_drop) = (say.clone(), say.clone());
    let mut task = executor.spawn(async move {
        let inner = in_poll.clone();
        drop(spawn(async move { inner.send("by a poll").unwrap() }));
        in_poll.send("poll").unwrap();
    });
    let waker = Waker::from(Arc::new(Spawns(say)));
    let polled = Pin::new(&mut task).poll(&mut Context::from_waker(&waker));
    assert!(polled.is_pending());
    let aborted = executor.spawn(OnDrop(move || {
        let say = in_drop.clone();
        drop(spawn(async move { say.send("by a drop").unwrap() }));
        in_drop.send("drop").unwrap();
    }));
    aborted.abort();
    while executor.turn(1) > 0 {}
    let order: Vec<_> = said.try_iter().collect();
    assert_eq!(
        order,
        ["poll", "drop", "by a poll", "by a waker", "by a drop"]
    );
}

/// FC16: at the end a task is refused, and its handle says so.
#[test]
fn fc16_a_task_spawned_at_shutdown_is_dropped_at_once() {
    let executor = Executor::new();
    let outcome = Rc::new(RefCell::new(None));
    let there = outcome.clone();
    drop(executor.spawn(OnDrop(move || {
        there.replace(Some(spawn(async { unreachable!() })));
    })));
    drop(executor);
    let task: JoinHandle<()> = outcome.take().unwrap();
    assert!(task.is_finished());
    assert!(block_on(task).unwrap_err().is_cancelled());
}
