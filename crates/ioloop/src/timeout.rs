//! Limits in time.

use std::fmt;
use std::pin::{Pin, pin};
use std::task::Poll;

use promise::{Error, Future, Waitable, pair};
use reactor::sleep_until;

use crate::deadline::Deadline;
use crate::io_loop::IoLoop;

/// The error of what took too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimedOut;

impl fmt::Display for TimedOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("timed out")
    }
}

impl std::error::Error for TimedOut {}

/// Gives what `future` gives, or [`TimedOut`] if it is not done at `deadline` (a [`Duration`](std::time::Duration) from
/// this call on, or an [`Instant`](std::time::Instant)). Then `future` is dropped, and with that cancelled.
///
/// If both come in one turn the result wins.
///
/// For what a coroutine yields there is [`with_timeout`], which cancels nothing.
///
/// ```
/// use std::time::Duration;
///
/// use ioloop::{TimedOut, sleep, timeout};
///
/// ioloop::block_on(async {
///     let hour = sleep(Duration::from_secs(3600));
///     assert_eq!(timeout(Duration::from_millis(1), hour).await, Err(TimedOut));
/// });
/// ```
///
/// # Errors
///
/// [`TimedOut`].
///
/// # Panics
///
/// As [`IoLoop::current`].
pub fn timeout<F: IntoFuture>(
    deadline: impl Into<Deadline>,
    future: F,
) -> impl std::future::Future<Output = Result<F::Output, TimedOut>> {
    let deadline = deadline.into().on(&IoLoop::current().inner.reactor);
    let future = future.into_future();
    async move {
        let mut future = pin!(future);
        let mut deadline = pin!(sleep_until(deadline));
        std::future::poll_fn(|cx| {
            if let Poll::Ready(value) = future.as_mut().poll(cx) {
                return Poll::Ready(Ok(value));
            }
            deadline.as_mut().poll(cx).map(|()| Err(TimedOut))
        })
        .await
    }
}

/// A future that fails with [`TimedOut`] if `what` is not done at `deadline`: Tornado's `gen.with_timeout`. `deadline` is
/// a [`Duration`](std::time::Duration) from now on, or an [`Instant`](std::time::Instant); `what` is anything that a
/// coroutine can yield.
///
/// `what` is not cancelled by that: the work goes on. If it fails later, the error is logged: `Exception in Future after
/// timeout: ...`; [`with_timeout_quietly`] silences errors of one type. If it is done in time its timer is taken back. If
/// both come in one turn, the value wins.
///
/// ```
/// use std::time::Duration;
///
/// use ioloop::{TimedOut, with_timeout};
///
/// ioloop::block_on(async {
///     let (promise, answer) = promise::pair::<u32>();
///     let error = with_timeout(Duration::from_millis(1), answer).await.unwrap_err();
///     assert!(error.downcast_ref::<TimedOut>().is_some());
///     promise.set(42); // nobody listens any more, and nothing is wrong with that
/// });
/// ```
///
/// # Panics
///
/// As [`IoLoop::current`].
pub fn with_timeout<W>(deadline: impl Into<Deadline>, what: W) -> Future<W::Value>
where
    W: Waitable<Value: Send + 'static> + Send + 'static,
{
    limited(deadline.into(), what, |_| false)
}

/// The same; an error that comes too late is not logged if its cause is an `E`.
///
/// # Panics
///
/// As [`with_timeout`].
pub fn with_timeout_quietly<E, W>(deadline: impl Into<Deadline>, what: W) -> Future<W::Value>
where
    E: std::error::Error + Send + Sync + 'static,
    W: Waitable<Value: Send + 'static> + Send + 'static,
{
    limited(deadline.into(), what, |error| {
        error.downcast_ref::<E>().is_some()
    })
}

fn limited<W>(deadline: Deadline, what: W, silenced: fn(&Error) -> bool) -> Future<W::Value>
where
    W: Waitable<Value: Send + 'static> + Send + 'static,
{
    static SITE: co::Site = co::Site {
        coroutine: "with_timeout",
        yields: "what",
        file: file!(),
        line: line!(),
    };
    let mut done = promise::run(co::from_async(|yielder| {
        promise::wait(yielder, what, &SITE)
    }));
    if done.is_done() {
        return done;
    }
    let current = IoLoop::current();
    let deadline = deadline.on(&current.inner.reactor);
    let (promise, future) = pair();
    drop(current.spawn(async move {
        let in_time = {
            let mut deadline = pin!(sleep_until(deadline));
            std::future::poll_fn(|cx| {
                if let Poll::Ready(outcome) = Pin::new(&mut done).poll(cx) {
                    return Poll::Ready(Some(outcome));
                }
                deadline.as_mut().poll(cx).map(|()| None)
            })
            .await
        };
        match in_time {
            Some(outcome) => promise.settle(outcome),
            None => {
                promise.fail(TimedOut);
                if let Err(error) = done.await
                    && !silenced(&error)
                {
                    log::error!("Exception in Future after timeout: {error:#}");
                }
            }
        }
    }));
    future
}
