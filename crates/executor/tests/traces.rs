//! Whole traces: every event of a run, in order.

use std::cell::RefCell;
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::thread;

use executor::{Event, Executor, JoinHandle, TrySendError, channel, oneshot, spawn, yield_now};

/// What an executor does, in words.
fn recorded(executor: &Executor) -> Rc<RefCell<Vec<String>>> {
    let trace = Rc::new(RefCell::new(Vec::new()));
    let there = trace.clone();
    executor.record(Some(Rc::new(move |event| {
        let (word, id) = match event {
            Event::Ready(id) => ("ready", Some(id)),
            Event::Poll(id) => ("poll", Some(id)),
            Event::Pending(id) => ("pending", Some(id)),
            Event::Done(id) => ("done", Some(id)),
            Event::Park => ("park", None),
            Event::Unpark => ("unpark", None),
            _ => unreachable!(),
        };
        let line = id.map_or(word.to_owned(), |id| format!("{word} {id}"));
        there.borrow_mut().push(line);
    })));
    trace
}

#[test]
fn two_tasks_take_turns_and_block_on_awaits_them() {
    let executor = Executor::new();
    let trace = recorded(&executor);
    executor.block_on(async {
        let one = spawn(yield_now());
        let two = spawn(async {});
        one.await.unwrap();
        two.await.unwrap();
    });
    let expected = [
        ("ready 0", "what `block_on` waits for is first in the queue"),
        ("poll 0", ""),
        ("ready 1", "spawned: queued, not polled on the spot"),
        ("ready 2", ""),
        ("pending 0", "it awaits 1"),
        ("poll 1", "first in, first out"),
        ("ready 1", "it woke itself while it ran"),
        ("pending 1", ""),
        ("poll 2", "so 2 comes before it"),
        ("done 2", "nobody awaits it yet: nobody is woken"),
        ("poll 1", ""),
        ("ready 0", "its result is there before `done` is told"),
        ("done 1", ""),
        ("poll 0", "it takes both results"),
        ("done 0", ""),
    ];
    assert_eq!(*trace.borrow(), expected.map(|(line, _)| line));
}

#[test]
fn a_wake_from_elsewhere_ends_a_park() {
    let executor = Executor::new();
    let trace = Rc::new(RefCell::new(Vec::new()));
    let mut first = true;
    let (give, take) = std::sync::mpsc::channel::<Waker>();
    // Wakes when the executor has said that it parks, and not before.
    let (parks, parked) = std::sync::mpsc::channel();
    let lines = trace.clone();
    executor.record(Some(Rc::new(move |event| {
        lines.borrow_mut().push(format!("{event:?}"));
        if event == Event::Park {
            parks.send(()).unwrap();
        }
    })));
    let other = thread::spawn(move || {
        let waker = take.recv().unwrap();
        parked.recv().unwrap();
        waker.wake();
    });
    executor.block_on(poll_fn(|cx| {
        if std::mem::take(&mut first) {
            give.send(cx.waker().clone()).unwrap();
            return Poll::Pending;
        }
        Poll::Ready(())
    }));
    other.join().unwrap();
    let kinds: Vec<_> = trace
        .borrow()
        .iter()
        .map(|line| line.split('(').next().unwrap().to_owned())
        .collect();
    let expected = [
        "Ready", "Poll", "Pending", "Park", "Unpark", "Ready", "Poll", "Done",
    ];
    assert_eq!(kinds, expected);
}

/// A handle polled by another executor of the thread, whose tickets take the long way.
#[test]
fn one_executor_awaits_the_task_of_another() {
    let (one, two) = (Executor::new(), Executor::new());
    let task = one.spawn(async {
        yield_now().await;
        5
    });
    let awaits = two.spawn(task);
    assert_eq!(two.turn(9), 1);
    assert!(!two.has_work());
    assert_eq!(one.turn(9), 2);
    assert!(two.has_work());
    assert_eq!(two.block_on(awaits).unwrap().unwrap(), 5);
    // And the executor of the task goes first.
    let task = one.spawn(async {});
    let awaits = two.spawn(task);
    two.turn(9);
    drop(one);
    assert!(two.block_on(awaits).unwrap().unwrap_err().is_cancelled());
}

#[test]
fn block_on_borrows_and_leaves_the_other_tasks_for_later() {
    let executor = Executor::new();
    let mut word = String::from("a");
    let mut left = None::<JoinHandle<u8>>;
    executor.block_on(async {
        word.push('b');
        left = Some(spawn(async { 3 }));
    });
    let left = left.unwrap();
    assert_eq!((word.as_str(), executor.tasks()), ("ab", 1));
    assert_eq!(executor.block_on(left).unwrap(), 3);
}

/// Polls with a waker that does nothing.
fn poll<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    Pin::new(future).poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn senders_that_wait_are_served_in_order_and_taken_back_when_dropped() {
    let (sender, mut receiver) = channel(1);
    assert_eq!(poll(&mut sender.send(0)), Poll::Ready(Ok(())));
    let (mut one, mut two, mut three) = (sender.send(1), sender.send(2), sender.send(3));
    assert!(poll(&mut one).is_pending());
    assert!(poll(&mut two).is_pending());
    assert!(poll(&mut three).is_pending());
    drop(two);
    let mut next = || match receiver.poll_recv(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => None,
    };
    assert_eq!(next(), Some(0));
    // The room belongs to the first that waits.
    assert_eq!(sender.try_send(9), Err(TrySendError::Full(9)));
    assert_eq!((next(), next(), next()), (Some(1), Some(3), None));
    assert_eq!(poll(&mut one), Poll::Ready(Ok(())));
    assert_eq!(poll(&mut three), Poll::Ready(Ok(())));
}

#[test]
fn a_receiver_that_goes_gives_the_values_back_to_those_who_wait() {
    let (sender, receiver) = channel(1);
    sender.try_send(0).unwrap();
    let mut waits = sender.send(1);
    assert!(poll(&mut waits).is_pending());
    drop(receiver);
    assert_eq!(
        poll(&mut waits).map_err(|error| error.0),
        Poll::Ready(Err(1))
    );
    assert_eq!(sender.try_send(2), Err(TrySendError::Closed(2)));
}

#[test]
fn a_oneshot_says_when_nothing_will_come() {
    let (sender, mut receiver) = oneshot::<u8>();
    assert!(poll(&mut receiver).is_pending());
    drop(sender);
    assert_eq!(poll(&mut receiver), Poll::Ready(Err(executor::Closed)));
    let (sender, receiver) = oneshot();
    drop(receiver);
    assert_eq!(sender.send(1), Err(1));
}
