//! The faults of other executors, one by one. (FC01, FC02 and FC05 between threads: tests/loom.rs.)

use std::cell::{Cell, RefCell};
use std::future::{pending, poll_fn, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;

use executor::{Executor, JoinHandle, block_on, oneshot, spawn, yield_now};

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

/// A task that waits for ever, and its waker.
fn waits(executor: &Executor) -> (Waker, JoinHandle<()>, Rc<Cell<usize>>) {
    let (waker, polls) = (Rc::new(RefCell::new(None)), Rc::new(Cell::new(0)));
    let (there, count) = (waker.clone(), polls.clone());
    let task = executor.spawn(poll_fn(move |cx| {
        count.set(count.get() + 1);
        *there.borrow_mut() = Some(cx.waker().clone());
        Poll::Pending
    }));
    executor.turn(1);
    let waker = waker.take().unwrap();
    (waker, task, polls)
}

/// What a panic says.
fn panic_of(function: impl FnOnce()) -> String {
    let payload = catch_unwind(AssertUnwindSafe(function)).expect_err("no panic");
    match payload.downcast::<String>() {
        Ok(text) => *text,
        Err(payload) => payload.downcast_ref::<&str>().unwrap().to_string(),
    }
}

/// FC01: the wake comes before the sleep, from another thread; the sleep does not begin.
#[test]
fn fc01_a_wake_before_the_park_is_not_lost() {
    let first = Cell::new(true);
    block_on(poll_fn(|cx| {
        if !first.replace(false) {
            return Poll::Ready(());
        }
        let waker = cx.waker().clone();
        thread::spawn(move || waker.wake()).join().unwrap();
        Poll::Pending
    }));
}

/// FC03: a waker that is called when the task is over, before and after its slot has another.
#[test]
fn fc03_a_task_that_is_over_is_not_polled_again() {
    let executor = Executor::new();
    let kept = Rc::new(RefCell::new(None));
    let there = kept.clone();
    let task = executor.spawn(poll_fn(move |cx| {
        // Woken in its last poll, and kept.
        cx.waker().wake_by_ref();
        *there.borrow_mut() = Some(cx.waker().clone());
        Poll::Ready(1)
    }));
    assert_eq!(executor.turn(9), 1);
    let waker = kept.take().unwrap();
    waker.wake_by_ref();
    executor.enter(|| waker.wake_by_ref());
    assert_eq!(executor.turn(9), 0);
    let (_, _other, polls) = waits(&executor);
    executor.enter(|| waker.wake_by_ref());
    waker.wake();
    assert_eq!((executor.turn(9), polls.get()), (0, 1));
    assert_eq!(executor.block_on(task).unwrap(), 1);
}

/// FC04: a million wakes are one entry, on the thread itself and from elsewhere.
#[test]
fn fc04_a_task_is_queued_once() {
    let wakes = if cfg!(miri) { 100 } else { 1_000_000 };
    let executor = Executor::new();
    let (waker, _task, polls) = waits(&executor);
    executor.enter(|| (0..wakes).for_each(|_| waker.wake_by_ref()));
    assert_eq!(executor.queued(), 1);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| (0..wakes / 8).for_each(|_| waker.wake_by_ref()));
        }
    });
    assert_eq!(executor.turn(usize::MAX), 1);
    assert_eq!((executor.queued(), polls.get()), (0, 2));
}

/// FC05: woken during the drop of the executor and after it, on its thread and on another.
#[test]
fn fc05_a_waker_outlives_its_executor() {
    let executor = Executor::new();
    let (waker, _task, _) = waits(&executor);
    let within = waker.clone();
    drop(executor.spawn(OnDrop(move || {
        within.wake_by_ref();
        let there = within.clone();
        thread::spawn(move || there.wake()).join().unwrap();
    })));
    drop(executor);
    waker.wake_by_ref();
    thread::spawn(move || waker.wake()).join().unwrap();
}

/// FC05: also while the thread is torn down, with no thread-local left.
#[test]
fn fc05_woken_and_dropped_by_a_thread_that_ends() {
    struct Last(RefCell<Option<(Executor, Waker)>>);
    impl Drop for Last {
        fn drop(&mut self) {
            let (executor, waker) = self.0.take().unwrap();
            waker.wake_by_ref();
            drop(executor);
            waker.wake();
        }
    }
    thread_local!(static LAST: Last = const { Last(RefCell::new(None)) });
    let ended = thread::spawn(|| {
        LAST.with(|last| {
            let executor = Executor::new();
            let (waker, task, _) = waits(&executor);
            drop(task);
            last.0.replace(Some((executor, waker)));
        });
    });
    ended.join().unwrap();
}

/// FC06: a waker that polls, spawns, aborts and wakes inside each of its functions, at each place that takes one.
#[test]
fn fc06_wakers_of_others_may_do_anything_in_wake_and_drop() {
    struct Busy(Mutex<Option<Waker>>);
    fn busy() {
        let task = spawn(async {});
        task.abort();
        drop(task);
    }
    impl Wake for Busy {
        fn wake(self: Arc<Self>) {
            busy();
        }
    }
    impl Drop for Busy {
        fn drop(&mut self) {
            busy();
            self.0.lock().unwrap().take().unwrap().wake();
        }
    }
    let executor = Executor::new();
    executor.enter(|| {
        let new = || Waker::from(Arc::new(Busy(Mutex::new(Some(Waker::noop().clone())))));
        let mut join = executor.spawn(yield_now());
        let (sender, mut one) = oneshot::<u8>();
        let (values, mut many) = executor::channel::<u8>(1);
        for _ in 0..2 {
            // The second takes the place of the first, which is dropped.
            let waker = new();
            let cx = &mut Context::from_waker(&waker);
            assert!(Pin::new(&mut join).poll(cx).is_pending());
            assert!(Pin::new(&mut one).poll(cx).is_pending());
            assert!(many.poll_recv(cx).is_pending());
        }
        sender.send(1).unwrap();
        values.try_send(1).unwrap();
        let mut full = values.send(2);
        for _ in 0..2 {
            let waker = new();
            let sent = Pin::new(&mut full).poll(&mut Context::from_waker(&waker));
            assert!(sent.is_pending());
        }
        drop(many);
        executor.turn(100);
        assert!(join.is_finished());
    });
    assert_eq!(executor.tasks(), 0);
}

/// FC07: the wake is called with a lock held that the woken task takes.
#[test]
fn fc07_a_wake_only_queues() {
    let executor = Executor::new();
    let lock = Arc::new(Mutex::new(None::<Waker>));
    let there = lock.clone();
    let task = executor.spawn(async move {
        let mut first = true;
        poll_fn(|cx| {
            let mut lock = there.try_lock().expect("nobody has it");
            *lock = Some(cx.waker().clone());
            if std::mem::take(&mut first) {
                Poll::Pending
            } else {
                Poll::Ready(())
            }
        })
        .await
    });
    executor.turn(1);
    let held = lock.lock().unwrap();
    executor.enter(|| held.as_ref().unwrap().wake_by_ref());
    drop(held);
    executor.block_on(task).unwrap();
}

/// FC08: our table, cloned and dropped in every way. Miri runs it.
#[test]
fn fc08_a_ticket_is_cloned_dropped_and_woken() {
    let executor = Executor::new();
    let (waker, _task, _) = waits(&executor);
    let other = waker.clone();
    assert!(other.will_wake(&waker));
    drop(waker);
    other.wake_by_ref();
    let third = other.clone();
    third.wake();
    drop(other);
    assert_eq!(executor.turn(9), 1);
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

/// FC17: polled with one waker, then with another: the newest is woken.
#[test]
fn fc17_the_newest_waker_is_woken() {
    struct Counts(Mutex<usize>);
    impl Wake for Counts {
        fn wake(self: Arc<Self>) {
            *self.0.lock().unwrap() += 1;
        }
    }
    let counts = || Arc::new(Counts(Mutex::new(0)));
    let executor = Executor::new();
    let mut task = executor.spawn(ready(()));
    let (sender, mut one) = oneshot();
    let (values, mut many) = executor::channel(1);
    let (old, new) = (counts(), counts());
    for waker in [old.clone(), new.clone()] {
        let waker = Waker::from(waker);
        let cx = &mut Context::from_waker(&waker);
        assert!(Pin::new(&mut task).poll(cx).is_pending());
        assert!(Pin::new(&mut one).poll(cx).is_pending());
        assert!(many.poll_recv(cx).is_pending());
    }
    executor.turn(9);
    sender.send(()).unwrap();
    values.try_send(()).unwrap();
    assert_eq!((*old.0.lock().unwrap(), *new.0.lock().unwrap()), (0, 3));
}

/// FC18: the join slot and the oneshot have no second thread; either end may go at any moment.
#[test]
fn fc18_the_receiver_is_dropped_while_the_sender_completes() {
    /// When it is woken it drops the receiver, which is in the middle of being sent to.
    struct Drops(Mutex<Option<Waker>>);
    thread_local!(static VICTIM: RefCell<Vec<Box<dyn std::any::Any>>> = const { RefCell::new(Vec::new()) });
    impl Wake for Drops {
        fn wake(self: Arc<Self>) {
            VICTIM.take();
            drop(self.0.lock().unwrap().take());
        }
    }
    let executor = Executor::new();
    let mut task = executor.spawn(async { String::from("result") });
    let (sender, mut one) = oneshot();
    let waker = Waker::from(Arc::new(Drops(Mutex::new(None))));
    let cx = &mut Context::from_waker(&waker);
    assert!(Pin::new(&mut task).poll(cx).is_pending());
    assert!(Pin::new(&mut one).poll(cx).is_pending());
    VICTIM.set(vec![Box::new(task), Box::new(one)]);
    executor.turn(1);
    assert!(sender.is_closed());
    assert_eq!(
        sender.send(String::from("value")),
        Err(String::from("value"))
    );
}
