//! The join of many futures.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use executor::{Event, Executor, JoinAll, join_all, oneshot, spawn, yield_now};

/// Counts the polls that the executor makes from now on.
fn polls(executor: &Executor) -> Rc<Cell<usize>> {
    let polls = Rc::new(Cell::new(0));
    let there = polls.clone();
    executor.record(Some(Rc::new(move |event| {
        if let Event::Poll(_) = event {
            there.set(there.get() + 1);
        }
    })));
    polls
}

#[test]
fn values_come_in_the_order_of_the_futures_whoever_is_first() {
    let executor = Executor::new();
    let (senders, receivers): (Vec<_>, Vec<_>) = (0..100).map(|_| oneshot()).unzip();
    let polls = polls(&executor);
    let values = executor.block_on(async {
        let all = join_all(receivers);
        drop(spawn(async {
            for (number, sender) in senders.into_iter().enumerate().rev() {
                sender.send(number).unwrap();
                yield_now().await;
            }
        }));
        all.await.unwrap()
    });
    assert!(values.into_iter().eq((0..100).map(Ok)));
    // Each of the hundred when it is made and when it is woken, the sender 101 times at most; and the join when it is
    // made and when the one is done that comes first in it, which is the last of all.
    assert!(polls.get() <= 100 * 2 + 101 + 2, "{}", polls.get());
}

/// What is gone when the join is: the tasks that wait.
fn waits(dropped: &Rc<RefCell<Vec<u32>>>, number: u32) -> impl Future<Output = u32> + use<> {
    struct Drops(Rc<RefCell<Vec<u32>>>, u32);
    impl Drop for Drops {
        fn drop(&mut self) {
            self.0.borrow_mut().push(self.1);
        }
    }
    let drops = Drops(dropped.clone(), number);
    async move {
        let _drops = drops;
        match number {
            0 => 0,
            1 => panic!("one"),
            _ => std::future::pending().await,
        }
    }
}

#[test]
fn a_panic_is_the_result_and_ends_the_others() {
    let executor = Executor::new();
    let dropped = Rc::default();
    let error = executor.block_on(async {
        let error = join_all((0..4).map(|number| waits(&dropped, number))).await;
        yield_now().await;
        error.unwrap_err()
    });
    assert_eq!(error.to_string(), "the task panicked: one");
    assert_eq!(*dropped.borrow(), [0, 1, 2, 3]);
    assert_eq!(executor.tasks(), 0);
}

#[test]
fn dropping_the_join_aborts_what_is_not_over() {
    let executor = Executor::new();
    let dropped = Rc::default();
    let all: JoinAll<u32> = executor.enter(|| join_all([waits(&dropped, 0), waits(&dropped, 2)]));
    executor.turn(9);
    assert_eq!(*dropped.borrow(), [0]);
    drop(all);
    executor.turn(9);
    assert_eq!(*dropped.borrow(), [0, 2]);
}

/// A result whose drop panics.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("in the drop of a result");
    }
}

#[test]
fn a_result_that_panics_when_it_is_dropped_keeps_no_task_alive() {
    let executor = Executor::new();
    let bomb = |number| async move {
        if number > 0 {
            std::future::pending::<()>().await;
        }
        Bomb
    };
    let all = executor.enter(|| join_all((0..3).map(bomb)));
    executor.turn(9);
    assert_eq!(executor.tasks(), 2);
    catch_unwind(AssertUnwindSafe(|| drop(all))).unwrap_err();
    executor.turn(9);
    assert_eq!(executor.tasks(), 0);
}

#[test]
fn an_iterator_that_panics_keeps_no_task_alive() {
    let executor = Executor::new();
    let futures = (0..3).map(|number| {
        assert!(number < 2);
        std::future::pending::<()>()
    });
    let join = AssertUnwindSafe(|| executor.enter(|| drop(join_all(futures))));
    catch_unwind(join).unwrap_err();
    executor.turn(9);
    assert_eq!(executor.tasks(), 0);
}

#[test]
fn a_join_of_nobody_is_ready() {
    let none: [std::future::Ready<()>; 0] = [];
    assert!(executor::block_on(join_all(none)).unwrap().is_empty());
}

#[test]
#[should_panic(expected = "after it gave its result")]
fn a_join_polled_after_its_end_is_a_panic() {
    executor::block_on(async {
        let mut all = join_all([async {}]);
        (&mut all).await.unwrap();
        drop((&mut all).await);
    });
}
