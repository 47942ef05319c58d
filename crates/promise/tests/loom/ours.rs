//! Ours, and the models that need more than a bare pair: values that must not be shared or lost, chains, many waiters.

use std::future::Future as _;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use loom::cell::Cell;
use loom::sync::Arc;
use loom::thread;
use promise::{Future, Promise, pair};

use crate::models::block_on;
use crate::{Got, Pair};

pub(crate) struct Ours;

impl Pair for Ours {
    type Promise = Promise<u32>;
    type Future = Future<u32>;

    fn pair() -> (Promise<u32>, Future<u32>) {
        pair()
    }

    fn set(promise: Promise<u32>, value: u32) {
        promise.set(value);
    }

    fn poll(future: &mut Future<u32>, cx: &mut Context<'_>) -> Poll<Got> {
        Pin::new(future).poll(cx).map(|outcome| {
            outcome.map_err(|error| {
                assert!(error.is_broken());
            })
        })
    }

    fn add(future: &Future<u32>, callback: impl FnOnce(Got) + Send + 'static) {
        future.add_done_callback(|outcome| callback(outcome.as_ref().map(|v| *v).map_err(|_| ())));
    }
}

/// Polls once, with a waker that does nothing.
fn poll_once<T>(future: &mut Future<T>) -> Poll<Result<T, promise::Error>> {
    Pin::new(future).poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn fc18_set_while_the_future_is_polled_and_dropped() {
    loom::model(|| {
        let (promise, mut future) = pair();
        // Loom counts what its `Arc` holds: a value that is lost is a leak.
        let setter = thread::spawn(move || promise.set(Arc::new(1)));
        if let Poll::Ready(outcome) = poll_once(&mut future) {
            assert_eq!(*outcome.unwrap(), 1);
        }
        drop(future);
        setter.join().unwrap();
    });
}

#[test]
fn fc18_both_ends_dropped_at_once_with_a_callback_between_them() {
    loom::model(|| {
        let (promise, future) = pair::<Arc<u8>>();
        let told = Arc::new(loom::sync::atomic::AtomicBool::new(false));
        let tell = Arc::clone(&told);
        future.add_done_callback(move |outcome| {
            assert!(outcome.as_ref().unwrap_err().is_broken());
            tell.store(true, loom::sync::atomic::Ordering::Relaxed);
        });
        let setter = thread::spawn(move || drop(promise));
        drop(future);
        setter.join().unwrap();
        assert!(told.load(loom::sync::atomic::Ordering::Relaxed));
    });
}

#[test]
fn a_value_that_is_not_sync_is_seen_by_one_thread_at_a_time() {
    loom::model(|| {
        let (promise, future) = pair::<Cell<u32>>();
        let future = Arc::new(future);
        let add_one = |outcome: &Result<Cell<u32>, _>| {
            let cell = outcome.as_ref().unwrap();
            cell.set(cell.get() + 1);
        };
        let other = Arc::clone(&future);
        let setter = thread::spawn(move || promise.set(Cell::new(0)));
        let adder = thread::spawn(move || other.add_done_callback(add_one));
        future.add_done_callback(add_one);
        adder.join().unwrap();
        setter.join().unwrap();
        let future = Arc::try_unwrap(future).unwrap();
        assert_eq!(future.try_take().unwrap().unwrap().get(), 2);
    });
}

#[test]
fn b2_set_while_a_callback_that_adds_another_is_added() {
    loom::model(|| {
        let (promise, future) = pair::<u32>();
        let future = Arc::new(future);
        let sum = Arc::new(loom::sync::Mutex::new(0));
        let (own, outer, inner) = (Arc::clone(&future), Arc::clone(&sum), Arc::clone(&sum));
        let setter = thread::spawn(move || promise.set(1));
        future.add_done_callback(move |_| {
            *outer.lock().unwrap() += 1;
            own.add_done_callback(move |_| *inner.lock().unwrap() += 10);
        });
        setter.join().unwrap();
        assert_eq!(*sum.lock().unwrap(), 11);
        let future = Arc::try_unwrap(future).unwrap();
        assert_eq!(future.try_take().unwrap().unwrap(), 1);
    });
}

#[test]
fn b8_set_while_it_is_chained_and_the_far_end_is_polled() {
    loom::model(|| {
        let ((promise, near), (to, mut far)) = (pair(), pair());
        let setter = thread::spawn(move || promise.set(1));
        let chainer = thread::spawn(move || near.forward(to));
        assert_eq!(block_on::<Ours>(&mut far), Ok(1));
        chainer.join().unwrap();
        setter.join().unwrap();
    });
}

#[test]
fn b8_dropped_unset_while_it_is_chained_and_the_far_end_is_dropped() {
    loom::model(|| {
        let ((promise, near), (to, far)) = (pair::<Arc<u8>>(), pair());
        let setter = thread::spawn(move || drop(promise));
        let chainer = thread::spawn(move || near.forward(to));
        drop(far);
        chainer.join().unwrap();
        setter.join().unwrap();
    });
}

#[test]
fn b8_a_chain_of_two_is_set_while_both_links_are_made() {
    loom::model(|| {
        let ((promise, a), (to_b, b), (to_c, c)) = (pair(), pair(), pair());
        let setter = thread::spawn(move || promise.set(1));
        let chainer = thread::spawn(move || a.forward(to_b));
        b.forward(to_c);
        chainer.join().unwrap();
        setter.join().unwrap();
        assert_eq!(c.try_take().unwrap().unwrap(), 1);
    });
}

#[test]
fn b3_set_while_two_ask_for_a_share() {
    loom::model(|| {
        let (promise, future) = pair();
        let shared = future.shared();
        let other = shared.clone();
        let setter = thread::spawn(move || promise.set(1));
        let asker = thread::spawn(move || block_on::<Ours>(&mut other.future()));
        assert_eq!(block_on::<Ours>(&mut shared.future()), Ok(1));
        assert_eq!(asker.join().unwrap(), Ok(1));
        setter.join().unwrap();
    });
}

#[test]
fn b3_dropped_unset_while_a_share_is_asked_for_and_the_rest_is_dropped() {
    loom::model(|| {
        let (promise, future) = pair::<u32>();
        let shared = future.shared();
        let setter = thread::spawn(move || drop(promise));
        let mut asked = shared.future();
        drop(shared);
        assert_eq!(block_on::<Ours>(&mut asked), Err(()));
        setter.join().unwrap();
    });
}

#[test]
fn once_done_always_done_for_one_who_only_looks() {
    loom::model(|| {
        let (promise, future) = pair();
        let future = Arc::new(future);
        let (adds, looks) = (Arc::clone(&future), Arc::clone(&future));
        promise.set(1);
        let adder = thread::spawn(move || adds.add_done_callback(|_| {}));
        assert!(looks.is_done());
        adder.join().unwrap();
        assert!(future.is_done());
    });
}
