use std::fmt;

use crate::state::{Inner, Outcome};
use crate::sync::Arc;
use crate::{Error, Future};

/// Makes a promise and the future that it settles. One allocation.
///
/// # Examples
///
/// ```
/// let (promise, future) = promise::pair();
/// std::thread::spawn(move || promise.set(6 * 7));
/// future.add_done_callback(|outcome| assert_eq!(*outcome.as_ref().unwrap(), 42));
/// ```
pub fn pair<T>() -> (Promise<T>, Future<T>) {
    let inner = Inner::pending();
    let promise = Promise {
        inner: Some(Arc::clone(&inner)),
    };
    (promise, Future::new(inner))
}

/// The end that sets: once, from any thread.
///
/// Settling consumes the promise, so it cannot be settled twice:
///
/// ```compile_fail,E0382
/// let (promise, future) = promise::pair();
/// promise.set(1);
/// promise.set(2); // the promise is gone
/// # // B5
/// # drop(future);
/// ```
///
/// A promise that is dropped unset is *broken*: its future gets [`Error::broken`], so that nobody waits for ever.
///
/// Settling calls the callbacks of the future, in the order in which they were added, and then whoever waits for it:
/// all of them here, on this thread, before it returns. A panic in one of them is logged, and the others still run.
#[must_use = "a promise that is dropped unset is broken: its future gets an error"]
pub struct Promise<T> {
    /// Empty once it is settled.
    inner: Option<Arc<Inner<T>>>,
}

impl<T> Promise<T> {
    /// Settles with a value.
    pub fn set(self, value: T) {
        self.settle(Ok(value));
    }

    /// Settles with an error: any error of the standard kind, or an [`Error`].
    pub fn fail(self, error: impl Into<Error>) {
        self.settle(Err(error.into()));
    }

    /// Settles with either.
    pub fn settle(mut self, outcome: Outcome<T>) {
        self.settle_once(outcome);
    }

    /// Settles, and what is chained to it; nothing if it was settled before.
    fn settle_once(&mut self, outcome: Outcome<T>) {
        let mut step = self.inner.take().map(|inner| (inner, outcome));
        while let Some((inner, outcome)) = step {
            step = inner
                .settle(outcome)
                .and_then(|(mut next, outcome)| Some((next.inner.take()?, outcome)));
        }
    }
}

impl<T> Drop for Promise<T> {
    fn drop(&mut self) {
        if self.inner.is_some() {
            self.settle_once(Err(Error::broken()));
        }
    }
}

impl<T> fmt::Debug for Promise<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Promise").finish_non_exhaustive()
    }
}
