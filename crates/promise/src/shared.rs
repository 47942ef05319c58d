use std::fmt;
use std::sync::OnceLock;

use crate::sync::Arc;
use crate::{Future, pair};

/// One outcome for many: each asks for a [`Future`] of its own, which gets a clone.
///
/// A clone of a `Shared` is the same outcome, not yet asked for.
///
/// # Examples
///
/// ```
/// let (promise, future) = promise::pair();
/// let shared = future.shared();
/// let (a, b) = (shared.future(), shared.future());
/// promise.set("news".to_owned());
/// assert_eq!(a.try_take().unwrap().unwrap(), "news");
/// assert_eq!(b.try_take().unwrap().unwrap(), "news");
/// ```
pub struct Shared<T> {
    of: Arc<Future<T>>,
    /// What this handle itself asked for, when it was yielded.
    asked: OnceLock<Future<T>>,
}

impl<T: Clone + Send + 'static> Shared<T> {
    pub(crate) fn new(future: Future<T>) -> Self {
        Shared {
            of: Arc::new(future),
            asked: OnceLock::new(),
        }
    }

    /// Asks. The futures are settled in the order in which they were asked for, on the thread that settles; if the
    /// outcome is there already, at once, here (by the rules of [`Future::add_done_callback`]).
    ///
    /// If cloning the outcome panics, the panic is logged and this one future gets a broken promise. A future that was
    /// asked for counts as any other: an error in it that nobody takes is logged.
    #[must_use]
    pub fn future(&self) -> Future<T> {
        let (promise, future) = pair();
        self.of
            .add_done_callback(move |outcome| promise.settle(outcome.clone()));
        future
    }

    /// The future of this handle: asked for at the first call.
    pub(crate) fn asked(&self) -> &Future<T> {
        if self.asked.get().is_none() {
            // Not inside `get_or_init`: asking may clone, and cloning is somebody else's code.
            let asked = self.future();
            let _ = self.asked.set(asked);
        }
        self.asked.get().expect("set above")
    }

    /// The future of this handle, to take from.
    pub(crate) fn into_future(mut self) -> Future<T> {
        match self.asked.take() {
            Some(asked) => asked,
            None => self.future(),
        }
    }
}

impl<T> Shared<T> {
    /// Whether the outcome is there.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.of.is_done()
    }
}

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        Shared {
            of: Arc::clone(&self.of),
            asked: OnceLock::new(),
        }
    }
}

impl<T> fmt::Debug for Shared<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared")
            .field("done", &self.is_done())
            .finish_non_exhaustive()
    }
}
