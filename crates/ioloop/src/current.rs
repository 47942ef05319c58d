//! Which loop is the thread's.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use crate::inner::Inner;

thread_local! {
    static CURRENT: RefCell<Option<Rc<Inner>>> = const { RefCell::new(None) };
    static RUNS: Cell<bool> = const { Cell::new(false) };
}

pub(crate) fn get() -> Option<Rc<Inner>> {
    CURRENT
        .try_with(|current| current.borrow().clone())
        .unwrap_or(None)
}

pub(crate) fn set(inner: Option<Rc<Inner>>) -> Option<Rc<Inner>> {
    CURRENT
        .try_with(|current| current.replace(inner))
        .unwrap_or(None)
}

/// Calls `function` with `inner` as the loop of this thread, and then, also if it panics, puts back the one before.
pub(crate) fn enter<T>(inner: &Rc<Inner>, function: impl FnOnce() -> T) -> T {
    struct Back(Option<Rc<Inner>>);
    impl Drop for Back {
        fn drop(&mut self) {
            drop(set(self.0.take()));
        }
    }
    let _back = Back(set(Some(inner.clone())));
    function()
}

/// The same, and no other loop may run inside it.
///
/// # Panics
///
/// A loop runs on this thread already.
#[track_caller]
pub(crate) fn run<T>(inner: &Rc<Inner>, function: impl FnOnce() -> T) -> T {
    struct Stop;
    impl Drop for Stop {
        fn drop(&mut self) {
            let _ = RUNS.try_with(|runs| runs.set(false));
        }
    }
    let nested = RUNS.try_with(|runs| runs.replace(true)).unwrap_or(false);
    assert!(
        !nested,
        "a loop runs on this thread already: await the future instead of blocking on it"
    );
    let _stop = Stop;
    enter(inner, function)
}
