//! A Runner and those who set what it waits for, in every interleaving of their locks, tried by loom:
//!
//! ```text
//! RUSTFLAGS="--cfg loom" cargo test -p promise --test runner_loom --release
//! ```
#![cfg(loom)]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use loom::thread;
use promise::{Error, Future, Runner, Waitable, pair, wait};

/// Waits for `what` under `runner`; counts in `resumed` how often it went on.
fn waits<W>(runner: Runner, what: W, resumed: &Arc<AtomicUsize>) -> Future<W::Value>
where
    W: Waitable<Value: Send + 'static> + Send + 'static,
{
    let resumed = resumed.clone();
    runner.run(co::from_async(move |y| async move {
        let site = &co::Site {
            coroutine: "waits",
            yields: "what",
            file: file!(),
            line: line!(),
        };
        let outcome = wait(y, what, site).await;
        resumed.fetch_add(1, Ordering::Relaxed);
        outcome
    }))
}

#[track_caller]
fn taken<T>(future: Future<T>) -> Result<T, Error> {
    match future.try_take() {
        Ok(outcome) => outcome,
        Err(_) => panic!("never resumed"),
    }
}

fn counter() -> Arc<AtomicUsize> {
    Arc::default()
}

#[test]
fn set_before_between_or_after_it_is_put_aside_resumes_it_once() {
    loom::model(|| {
        let resumed = counter();
        let (promise, n) = pair();
        let setter = thread::spawn(move || promise.set(7));
        let future = waits(Runner::new(), n, &resumed);
        setter.join().unwrap();
        assert_eq!(taken(future).unwrap(), 7);
        assert_eq!(resumed.load(Ordering::Relaxed), 1);
    });
}

#[test]
fn a_promise_dropped_at_any_moment_resumes_it_once_with_an_error() {
    loom::model(|| {
        let resumed = counter();
        let (promise, n) = pair::<u8>();
        let dropper = thread::spawn(move || drop(promise));
        let future = waits(Runner::new(), n, &resumed);
        dropper.join().unwrap();
        assert!(taken(future).unwrap_err().is_broken());
        assert_eq!(resumed.load(Ordering::Relaxed), 1);
    });
}

#[test]
fn two_of_a_list_set_by_two_threads_resume_it_once() {
    loom::model(|| {
        let resumed = counter();
        let ((first, x), (second, y)) = (pair(), pair());
        let setters = [
            thread::spawn(move || first.set(1)),
            thread::spawn(move || second.set(2)),
        ];
        let future = waits(Runner::new(), [x, y], &resumed);
        for setter in setters {
            setter.join().unwrap();
        }
        assert_eq!(taken(future).unwrap(), [1, 2]);
        assert_eq!(resumed.load(Ordering::Relaxed), 1);
    });
}

#[test]
fn two_waits_one_after_another_are_each_resumed() {
    loom::model(|| {
        let ((first, x), (second, y)) = (pair(), pair());
        let setter = thread::spawn(move || {
            second.set(2);
            first.set(1);
        });
        let resumed = counter();
        let inner = waits(Runner::new(), x, &resumed);
        let future = waits(Runner::new(), (inner, y), &resumed);
        setter.join().unwrap();
        assert_eq!(taken(future).unwrap(), (1, 2));
        assert_eq!(resumed.load(Ordering::Relaxed), 2);
    });
}

#[test]
fn resume_on_gets_the_coroutine_at_most_once_and_only_if_it_was_put_aside() {
    loom::model(|| {
        let resumed = counter();
        let suspended = counter();
        let queue: Arc<Mutex<Vec<Box<dyn FnOnce() + Send>>>> = Arc::default();
        let runner = Runner::new()
            .on_suspend({
                let suspended = suspended.clone();
                move || {
                    suspended.fetch_add(1, Ordering::Relaxed);
                }
            })
            .resume_on({
                let queue = queue.clone();
                move |resume| queue.lock().unwrap().push(resume)
            });
        let (promise, n) = pair();
        let setter = thread::spawn(move || promise.set(7));
        let future = waits(runner, n, &resumed);
        setter.join().unwrap();
        let turns = std::mem::take(&mut *queue.lock().unwrap());
        assert!(turns.len() <= suspended.load(Ordering::Relaxed));
        assert_eq!(future.is_done(), turns.is_empty());
        turns.into_iter().for_each(|resume| resume());
        assert_eq!(taken(future).unwrap(), 7);
        assert_eq!(resumed.load(Ordering::Relaxed), 1);
    });
}
