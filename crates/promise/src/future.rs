use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::state::{Inner, Outcome, Source, Waiter};
use crate::sync::Arc;
use crate::{Error, Promise, Shared};

/// The end that gets: a place for an outcome that is not there yet.
///
/// A future has one owner, who takes the outcome out of it, so `T` need be neither `Clone` nor `Sync`. Many can wait
/// for one outcome through [`shared`](Future::shared).
///
/// It is also a [`std::future::Future`], to be awaited on any executor. The newest waker is kept.
///
/// A future cannot be cancelled. Dropping it does nothing to the one who sets: the work goes on, callbacks
/// that were added are still called, and only the task that polled it is not woken any more.
///
/// An error that nobody asked for, that is, that no callback saw and nobody took, is logged when the last of the two
/// ends is dropped: `Future exception was never retrieved: ...`.
pub struct Future<T> {
    inner: Arc<Inner<T>>,
}

impl<T> Future<T> {
    pub(crate) fn new(inner: Arc<Inner<T>>) -> Self {
        Future { inner }
    }

    /// A future that is done from the start.
    ///
    /// # Examples
    ///
    /// ```
    /// let future = promise::Future::ready(Ok("at once"));
    /// assert_eq!(future.try_take().unwrap().unwrap(), "at once");
    /// ```
    #[must_use]
    pub fn ready(outcome: Result<T, Error>) -> Self {
        Future::new(Inner::done(outcome))
    }

    /// Whether the outcome can be taken. It can when all callbacks that were added before have been called.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.inner.is_done()
    }

    /// Has `callback` called with the outcome: exactly once, after those that were added before it.
    ///
    /// - Not done yet: called on the thread that settles, before the outcome can be taken.
    /// - Done already: called here and now, before this returns (as in Tornado 4.5; version 6 waits for the next turn).
    /// - Callbacks of this future are being called at this moment, further up on this thread or on another one: called
    ///   after those, by the one who calls them.
    ///
    /// A panic in a callback is logged, `Exception in callback: ...`, and goes no further. A callback that settles
    /// another promise has that one's callbacks called inside itself; to chain without nesting, use
    /// [`forward`](Future::forward).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::mpsc::channel;
    ///
    /// let (promise, future) = promise::pair::<u32>();
    /// let (said, heard) = channel();
    /// let say = said.clone();
    /// future.add_done_callback(move |outcome| say.send(*outcome.as_ref().unwrap()).unwrap());
    /// future.add_done_callback(move |outcome| said.send(outcome.as_ref().unwrap() + 1).unwrap());
    /// promise.set(7);
    /// assert_eq!(heard.iter().collect::<Vec<_>>(), [7, 8]);
    /// ```
    pub fn add_done_callback(&self, callback: impl FnOnce(&Result<T, Error>) + Send + 'static) {
        self.inner.add_callback(Box::new(callback));
    }

    /// Takes the outcome; asked before it is there, it gives the future back.
    ///
    /// # Errors
    ///
    /// The future itself, if it is not done.
    ///
    /// # Panics
    ///
    /// If the outcome was taken before, by polling.
    ///
    /// # Examples
    ///
    /// ```
    /// let (promise, future) = promise::pair();
    /// let future = future.try_take().expect_err("asked too early");
    /// promise.set('x');
    /// assert_eq!(future.try_take().unwrap().unwrap(), 'x');
    /// ```
    #[track_caller]
    pub fn try_take(self) -> Result<Result<T, Error>, Future<T>> {
        self.inner.take().ok_or(self)
    }

    /// Chains: the outcome goes to `to` when it is there, at once if it is there already.
    ///
    /// A chain of any length is settled in a loop, without nesting and without allocating. A future must not be chained
    /// to its own promise: both would wait for each other, owned by nobody, and never be freed.
    ///
    /// # Panics
    ///
    /// If the outcome was taken before, by polling.
    ///
    /// # Examples
    ///
    /// ```
    /// let (inner_promise, inner) = promise::pair();
    /// let (outer_promise, outer) = promise::pair();
    /// inner.forward(outer_promise);
    /// inner_promise.set(1);
    /// assert_eq!(outer.try_take().unwrap().unwrap(), 1);
    /// ```
    #[track_caller]
    pub fn forward(self, to: Promise<T>) {
        if let Err(Waiter::Forward(to)) = self.inner.wait(Waiter::Forward(to)) {
            let outcome = self.inner.take().expect("refused because it is done");
            to.settle(outcome);
        }
    }

    /// Many waiters for one outcome.
    #[must_use]
    pub fn shared(self) -> Shared<T>
    where
        T: Clone + Send + 'static,
    {
        Shared::new(self)
    }

    /// The same allocation, without its type.
    pub(crate) fn source(&self) -> std::sync::Arc<dyn Source>
    where
        T: Send + 'static,
    {
        #[cfg(not(loom))]
        let source = Arc::clone(&self.inner);
        // loom's pointer cannot lose its type; a pointer to it can.
        #[cfg(loom)]
        let source = std::sync::Arc::new(Arc::clone(&self.inner));
        source
    }
}

/// # Panics
///
/// `poll` panics if the outcome was taken before, like an async function that is polled after its end.
impl<T> std::future::Future for Future<T> {
    type Output = Result<T, Error>;

    #[track_caller]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Outcome<T>> {
        if let Some(outcome) = self.inner.take() {
            return Poll::Ready(outcome);
        }
        // Cloned before the lock is taken: a waker is somebody else's code.
        let waiter = Waiter::Waker(cx.waker().clone());
        match self.inner.wait(waiter) {
            Ok(()) => Poll::Pending,
            Err(_) => Poll::Ready(self.inner.take().expect("refused because it is done")),
        }
    }
}

impl<T> Drop for Future<T> {
    fn drop(&mut self) {
        self.inner.forget_waker();
    }
}

impl<T> fmt::Debug for Future<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let done = self.is_done();
        f.debug_struct("Future")
            .field("done", &done)
            .finish_non_exhaustive()
    }
}

#[cfg(loom)]
impl<T: Send> Source for Arc<Inner<T>> {
    fn is_done(&self) -> bool {
        Inner::is_done(self)
    }

    fn wait(&self, waiter: Box<dyn FnOnce() + Send>) -> Result<(), Box<dyn FnOnce() + Send>> {
        Source::wait(&**self, waiter)
    }
}
