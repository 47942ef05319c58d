//! Many threads at once, for the sanitizers to look at (`.ci/run`). What is proved about interleavings, the models in
//! tests/loom prove.

use std::future::{pending, poll_fn};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex};
use std::task::{Poll, Waker};
use std::thread;

use executor::{Executor, JoinHandle};

/// Miri sees in one round what it sees in a thousand.
const fn times(many: usize, few: usize) -> usize {
    if cfg!(miri) { few } else { many }
}

/// Tasks that wait for ever, polled once, and their wakers.
fn waiting(executor: &Executor, tasks: usize) -> (Vec<JoinHandle<()>>, Vec<Waker>) {
    let wakers = Arc::new(Mutex::new(Vec::new()));
    let task = |_| {
        let there = wakers.clone();
        executor.spawn(async move {
            poll_fn(|cx| {
                there.lock().unwrap().push(cx.waker().clone());
                Poll::Ready(())
            })
            .await;
            pending().await
        })
    };
    let handles = (0..tasks).map(task).collect();
    executor.turn(usize::MAX);
    let wakers = std::mem::take(&mut *wakers.lock().unwrap());
    (handles, wakers)
}

/// FC05: a thousand times, two threads wake and abort while the executor works and is dropped, and after it.
#[test]
fn fc05_wakes_race_with_the_drop_of_the_executor() {
    for _ in 0..times(1_000, 5) {
        let executor = Executor::new();
        let (handles, wakers) = waiting(&executor, 3);
        let abort = handles[0].abort_handle();
        let start = Barrier::new(3);
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    start.wait();
                    for _ in 0..10 {
                        wakers.iter().for_each(Waker::wake_by_ref);
                        abort.abort();
                    }
                });
            }
            start.wait();
            executor.turn(2);
            drop(executor);
        });
        assert!(handles.iter().all(JoinHandle::is_finished));
        wakers.into_iter().for_each(Waker::wake);
    }
}

/// FC04, FC05: while others wake it, an executor sleeps, wakes up and works; no wake is lost, and no task is ever twice
/// in the queue. A million wakes by eight threads.
#[test]
fn fc04_a_million_wakes_from_eight_threads() {
    const THREADS: usize = 8;
    const TASKS: usize = 4;
    let each = times(125_000, 50);
    let executor = Executor::new();
    let (woken, shared) = (
        Arc::new(AtomicUsize::new(0)),
        Arc::new(Mutex::new(Vec::new())),
    );
    let all = THREADS * each;
    let task = |_| {
        let (woken, shared) = (woken.clone(), shared.clone());
        let mut told = false;
        executor.spawn(poll_fn(move |cx| {
            if !told {
                told = true;
                shared.lock().unwrap().push(cx.waker().clone());
            }
            // The count has no ordering of its own: the wakes bring it along.
            match woken.load(Ordering::Relaxed) == all {
                true => Poll::Ready(()),
                false => Poll::Pending,
            }
        }))
    };
    let tasks: Vec<JoinHandle<()>> = (0..TASKS).map(task).collect();
    executor.turn(TASKS);
    let wakers = std::mem::take(&mut *shared.lock().unwrap());
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                for _ in 0..each {
                    woken.fetch_add(1, Ordering::Relaxed);
                    wakers.iter().for_each(Waker::wake_by_ref);
                }
            });
        }
        executor.block_on_with(
            async {
                for task in tasks {
                    task.await.unwrap();
                }
            },
            // Spins, so as to look as often as it can.
            |_| assert!(executor.queued() <= TASKS + 1),
        );
    });
}

/// FC01: the same, but the executor sleeps whenever it can, and a task is over for each wake.
#[test]
fn fc01_an_executor_that_sleeps_between_the_wakes() {
    const THREADS: usize = 4;
    let executor = Executor::new();
    for _ in 0..times(2_000, 5) {
        let arrived = Arc::new(AtomicUsize::new(0));
        let there = arrived.clone();
        let waker = Arc::new(Mutex::new(None::<Waker>));
        let shared = waker.clone();
        let task = executor.spawn(poll_fn(move |cx| {
            *shared.lock().unwrap() = Some(cx.waker().clone());
            match there.load(Ordering::Relaxed) == THREADS {
                true => Poll::Ready(()),
                false => Poll::Pending,
            }
        }));
        executor.turn(1);
        thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    arrived.fetch_add(1, Ordering::Relaxed);
                    let waker = waker.lock().unwrap().clone();
                    waker.unwrap().wake();
                });
            }
            executor.block_on(task).unwrap();
        });
    }
}
