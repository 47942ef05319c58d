//! The faults of other executors' wakers, one by one. (FC01, FC02 and FC05 between threads: tests/loom.rs.)

use std::cell::{Cell, RefCell};
use std::future::{poll_fn, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
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

/// FC03: nor does it hide a wake of the task that has the slot now.
#[test]
fn fc03_a_late_waker_does_not_take_the_place_of_one_of_the_next_task() {
    let executor = Executor::new();
    let (late, task, _) = waits(&executor);
    let late_abort = task.abort_handle();
    task.abort();
    executor.turn(9);
    let (waker, task, polls) = waits(&executor);
    // All of these are presented where no executor is current: they go through the inbox.
    waker.wake_by_ref();
    assert_eq!((executor.turn(9), polls.get()), (1, 2));
    late.wake();
    late_abort.abort();
    waker.wake_by_ref();
    assert_eq!((executor.turn(9), polls.get()), (1, 3));
    task.abort_handle().abort();
    executor.turn(9);
    assert!(task.is_finished());
}

/// FC09: a value that panics when it is dropped with the receiver; who waits for room is told all the same.
#[test]
fn fc09_a_value_that_panics_at_the_end_of_a_channel_keeps_no_sender_waiting() {
    struct Bomb(bool);
    impl Drop for Bomb {
        fn drop(&mut self) {
            assert!(!self.0, "in the drop of a value");
        }
    }
    let executor = Executor::new();
    let (sender, receiver) = executor::channel(1);
    assert!(sender.try_send(Bomb(true)).is_ok());
    let waits = executor.spawn(async move { sender.send(Bomb(false)).await.is_err() });
    executor.turn(1);
    let dropped = AssertUnwindSafe(|| executor.enter(|| drop(receiver)));
    catch_unwind(dropped).unwrap_err();
    assert_eq!(executor.turn(9), 1);
    assert!(executor.block_on(waits).unwrap());
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

/// FC06: a waker whose drop runs the task to its end; the one that takes its place is woken.
#[test]
fn fc06_a_waker_that_ends_the_task_when_it_is_dropped_hides_no_wake() {
    thread_local!(static EXECUTOR: Executor = Executor::new());
    struct Runs;
    impl Wake for Runs {
        fn wake(self: Arc<Self>) {}
    }
    impl Drop for Runs {
        fn drop(&mut self) {
            EXECUTOR.with(|executor| executor.turn(9));
        }
    }
    struct Counts(AtomicUsize);
    impl Wake for Counts {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
    let mut task = EXECUTOR.with(|executor| executor.spawn(ready(3)));
    let counts = Arc::new(Counts(AtomicUsize::new(0)));
    for waker in [Arc::new(Runs).into(), Waker::from(counts.clone())] {
        let polled = Pin::new(&mut task).poll(&mut Context::from_waker(&waker));
        assert!(polled.is_pending());
    }
    assert!(task.is_finished());
    assert_eq!(counts.0.load(Ordering::Relaxed), 1);
    drop(task);
    assert_eq!(Arc::strong_count(&counts), 1, "nobody keeps it");
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
