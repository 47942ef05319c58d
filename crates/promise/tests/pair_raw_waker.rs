//! FC06: not even `Waker::clone` runs under the lock. Such a waker must be made by hand: `Wake` gives none.
#![allow(unsafe_code, reason = "a waker whose clone runs code of ours")]

use std::cell::RefCell;
use std::future::Future as _;
use std::pin::Pin;
use std::ptr;
use std::task::{Context, Poll, RawWaker, RawWakerVTable, Waker};

use promise::{Promise, pair};

thread_local! {
    /// What the next clone settles.
    static HELD: RefCell<Option<Promise<u8>>> = const { RefCell::new(None) };
}

static SETTLES_WHEN_CLONED: RawWakerVTable = RawWakerVTable::new(
    |_| {
        if let Some(promise) = HELD.take() {
            promise.set(1);
        }
        RawWaker::new(ptr::null(), &SETTLES_WHEN_CLONED)
    },
    |_| {},
    |_| {},
    |_| {},
);

#[test]
fn fc06_the_clone_of_a_waker_may_settle_the_future_that_is_being_polled() {
    let (promise, mut future) = pair();
    HELD.set(Some(promise));
    // SAFETY: the functions touch no pointer, and what they touch belongs to the thread that calls.
    let waker = unsafe { Waker::new(ptr::null(), &SETTLES_WHEN_CLONED) };
    let polled = Pin::new(&mut future).poll(&mut Context::from_waker(&waker));
    assert!(matches!(polled, Poll::Ready(Ok(1))), "{polled:?}");
}
