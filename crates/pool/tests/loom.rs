//! Those who submit, work, leave and close, in every interleaving of their locks, tried by loom:
//!
//! ```text
//! RUSTFLAGS="--cfg loom" cargo test -p pool --test loom --release
//! ```
//!
//! In the place of crossbeam's queue there is one of our own (`sync.rs`), which waits not at all or for ever.
#![cfg(loom)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use loom::sync::{Condvar, Mutex};
use loom::thread;
use pool::{Pool, Refused};
use promise::{Error, Future};

/// A pool of loom's threads, and how many it has spawned.
fn pool(threads: usize, idle_for: Duration) -> (Pool, Arc<AtomicUsize>) {
    let spawned = Arc::new(AtomicUsize::new(0));
    let count = spawned.clone();
    let pool = Pool::new(threads)
        .idle_for(idle_for)
        .spawned_by(move |_, body| {
            count.fetch_add(1, Ordering::Relaxed);
            let thread = thread::spawn(body);
            Box::new(move || drop(thread.join()))
        });
    (pool, spawned)
}

/// Every interleaving.
fn model(program: impl Fn() + Send + Sync + 'static) {
    loom::model(program);
}

/// Every interleaving of at most three involuntary switches: all of them would take hours.
fn bounded_model(program: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(program);
}

#[track_caller]
fn taken<T>(future: Future<T>) -> Result<T, Error> {
    match future.try_take() {
        Ok(outcome) => outcome,
        Err(_) => panic!("left behind"),
    }
}

/// Blocks until `future` has its outcome.
fn wait_for<T: Clone + Send + 'static>(future: &Future<T>) -> Result<T, Error> {
    let here = loom::sync::Arc::new((Mutex::new(None), Condvar::new()));
    let there = here.clone();
    future.add_done_callback(move |outcome| {
        *there.0.lock().unwrap() = Some(outcome.clone());
        there.1.notify_one();
    });
    let mut outcome = here.0.lock().unwrap();
    loop {
        match outcome.take() {
            Some(outcome) => return outcome,
            None => outcome = here.1.wait(outcome).unwrap(),
        }
    }
}

#[test]
fn a_worker_that_leaves_never_leaves_a_task_behind() {
    model(|| {
        let (pool, spawned) = pool(1, Duration::ZERO);
        let (first, second) = (pool.submit(|| 1), pool.submit(|| 2));
        pool.shutdown();
        assert_eq!((taken(first).unwrap(), taken(second).unwrap()), (1, 2));
        assert!(spawned.load(Ordering::Relaxed) <= 2);
    });
}

#[test]
fn two_threads_submit_to_one_worker_that_may_leave_meanwhile() {
    bounded_model(|| {
        let (pool, _) = pool(1, Duration::ZERO);
        let pool = Arc::new(pool);
        let there = pool.clone();
        let other = thread::spawn(move || there.submit(|| 1));
        let here = pool.submit(|| 2);
        let there = other.join().unwrap();
        Arc::into_inner(pool).unwrap().shutdown();
        assert_eq!((taken(there).unwrap(), taken(here).unwrap()), (1, 2));
    });
}

#[test]
fn a_worker_that_waits_is_woken_by_a_task_and_by_the_end() {
    model(|| {
        let (pool, spawned) = pool(1, Duration::MAX);
        let first = pool.submit(|| 1);
        let second = pool.submit(|| 2);
        pool.shutdown();
        assert_eq!((taken(first).unwrap(), taken(second).unwrap()), (1, 2));
        assert_eq!(spawned.load(Ordering::Relaxed), 1);
    });
}

#[test]
fn two_tasks_that_wait_for_each_other_always_get_two_threads() {
    bounded_model(|| {
        let (pool, _) = pool(2, Duration::MAX);
        // Idle or not, on its way back to the queue or not.
        drop(pool.submit(|| ()));
        let (promise, given) = promise::pair::<u8>();
        let waits = pool.submit(move || wait_for(&given).unwrap());
        let gives = pool.submit(move || promise.set(7));
        pool.shutdown();
        taken(gives).unwrap();
        assert_eq!(taken(waits).unwrap(), 7);
    });
}

#[test]
fn a_pool_dropped_at_any_moment_runs_or_refuses_each_task() {
    model(|| {
        let (pool, _) = pool(1, Duration::ZERO);
        let ran = Arc::new(AtomicUsize::new(0));
        let tasks = [(); 2].map(|()| {
            let ran = ran.clone();
            pool.submit(move || ran.fetch_add(1, Ordering::Relaxed))
        });
        drop(pool);
        let ended = tasks.map(|task| match taken(task) {
            Ok(_) => 1,
            Err(error) => {
                assert_eq!(error.downcast_ref(), Some(&Refused::Dropped));
                0
            }
        });
        assert_eq!(ended.iter().sum::<usize>(), ran.load(Ordering::Relaxed));
    });
}

#[test]
fn the_last_owner_may_be_a_worker_at_any_moment() {
    model(|| {
        let (pool, _) = pool(1, Duration::ZERO);
        let pool = Arc::new(pool);
        let owned = pool.clone();
        let task = pool.submit(move || drop(owned));
        drop(pool);
        wait_for(&task).unwrap();
    });
}
