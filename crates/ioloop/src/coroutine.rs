//! The coroutines of `promise`, on a loop.

use co::Coroutine;
use promise::{Error, Future, Promise, Wait, pair};

use crate::callbacks::Callback;
use crate::io_loop::IoLoop;
use crate::outcome::caught;

/// Runs `coroutine` on the [current](IoLoop::current) loop, and returns the future of its result: what Tornado's
/// `gen.coroutine` does.
///
/// As with [`promise::run`] it runs at the call, up to the first wait that is not done. When what it waits for is set, by
/// whichever thread, it is resumed by the loop, on the loop's thread, in the next turn: the setter's next line comes
/// first. A wait that is done already takes no turn.
///
/// ```
/// use std::time::Duration;
///
/// use ioloop::{IoLoop, with_timeout};
/// use promise::{Future, wait};
///
/// #[co::coroutine(start = ioloop::run, wait = wait)]
/// fn length(word: Future<String>) -> Future<usize> {
///     let word = yield_!(with_timeout(Duration::from_secs(1), word))?;
///     Ok(word.len())
/// }
///
/// let pool = pool::Pool::new(1);
/// let length = IoLoop::current().run_sync(None, || length(pool.submit(|| "threads".to_owned())));
/// assert_eq!(length.unwrap().unwrap(), 7);
/// ```
///
/// # Panics
///
/// As [`IoLoop::current`].
pub fn run<T, C>(coroutine: C) -> Future<T>
where
    C: Coroutine<(), Yield = Wait, Return = Result<T, Error>> + Send + 'static,
    T: Send + 'static,
{
    IoLoop::current().inner.runner.clone().run(coroutine)
}

/// Something to yield that lets all others have their turn first: Tornado's `gen.moment`. In an `async fn` await
/// [`yield_now`](crate::yield_now).
///
/// The coroutine that yields it is resumed in the next turn.
///
/// # Panics
///
/// As [`IoLoop::current`].
pub fn moment() -> Future<()> {
    let (promise, future) = pair();
    let current = IoLoop::current();
    current.inner.callbacks.push(Callback::Moment(promise));
    future
}

/// Makes a [`promise::Future`] of anything that can be awaited, so that a coroutine can yield it: Tornado's
/// `convert_yielded`. It runs as a task of the [current](IoLoop::current) loop; a panic of it is the future's error.
///
/// ```
/// use std::time::Duration;
///
/// use ioloop::{convert, sleep};
/// use promise::{Future, wait};
///
/// #[co::coroutine(start = ioloop::run, wait = wait)]
/// fn nap() -> Future<&'static str> {
///     yield_!(convert(sleep(Duration::from_millis(1))))?;
///     Ok("awake")
/// }
/// # let nap = ioloop::IoLoop::current().run_sync(None, nap);
/// # assert_eq!(nap.unwrap().unwrap(), "awake");
/// ```
///
/// # Panics
///
/// As [`IoLoop::current`].
pub fn convert<F>(future: F) -> Future<F::Output>
where
    F: IntoFuture<IntoFuture: 'static, Output: 'static>,
{
    let (promise, converted): (Promise<F::Output>, _) = pair();
    let future = future.into_future();
    drop(IoLoop::current().spawn(async move {
        promise.settle(caught(future).await);
    }));
    converted
}
