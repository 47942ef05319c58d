//! What becomes of a future that nobody awaits.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;

use promise::Error;

use crate::current;

/// What may come of something that nobody waits for: nothing, or an error that has to be told.
pub trait Outcome {
    /// The error, if it is one.
    fn error(self) -> Option<Error>;
}

impl Outcome for () {
    fn error(self) -> Option<Error> {
        None
    }
}

impl<T, E: Into<Error>> Outcome for Result<T, E> {
    fn error(self) -> Option<Error> {
        self.err().map(Into::into)
    }
}

/// Gives what `future` gives, or its panic as an error.
pub(crate) async fn caught<F: Future>(future: F) -> Result<F::Output, Error> {
    let mut future = pin!(future);
    std::future::poll_fn(|cx| {
        let polled = catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx)));
        match polled {
            Ok(polled) => polled.map(Ok),
            Err(panic) => std::task::Poll::Ready(Err(Error::panicked(panic))),
        }
    })
    .await
}

/// Tells the loop of the error of `future`.
pub(crate) async fn watched<F: Future<Output: Outcome>>(future: F) {
    let error = match caught(future).await {
        Ok(outcome) => outcome.error(),
        Err(panic) => Some(panic),
    };
    if let (Some(error), Some(inner)) = (error, current::get()) {
        inner.exception(&error);
    }
}
