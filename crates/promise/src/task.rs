//! From a function that takes a callback to a future.

use crate::{Future, pair};

/// Calls `start` with a callback, and gives a future that the callback sets.
///
/// It is the bridge from functions that take a callback: yield it, and the coroutine is resumed with the callback's
/// argument. For a callback of several arguments pack them: `task(|done| f(move |a, b| done((a, b))))`.
///
/// The callback may be called on any thread, at once, later or never: dropped uncalled it leaves an error,
/// [`Error::is_broken`](crate::Error::is_broken). It cannot be called twice, since it is an `FnOnce`. What else `start`
/// returns is dropped.
///
/// # Panics
///
/// Where `start` does.
///
/// # Examples
///
/// ```
/// use promise::{Future, run, task, wait};
///
/// fn add_later(a: u32, b: u32, callback: impl FnOnce(u32) + Send + 'static) {
///     std::thread::spawn(move || callback(a + b));
/// }
///
/// #[co::coroutine(start = run, wait = wait)]
/// fn sum() -> Future<u32> {
///     let six = yield_!(task(|callback| add_later(1, 5, callback)))?;
///     let seven = yield_!(task(|callback| add_later(six, 1, callback)))?;
///     Ok(seven)
/// }
/// # let (sender, receiver) = std::sync::mpsc::channel();
/// # sum().add_done_callback(move |sum| sender.send(*sum.as_ref().unwrap()).unwrap());
/// # assert_eq!(receiver.recv(), Ok(7));
/// ```
///
/// Calling it twice does not compile:
///
/// ```compile_fail,E0382
/// let _ = promise::task(|callback| {
///     callback(1);
///     callback(2);
/// });
/// ```
pub fn task<T, R>(start: impl FnOnce(Box<dyn FnOnce(T) + Send>) -> R) -> Future<T>
where
    T: Send + 'static,
{
    let (promise, future) = pair();
    start(Box::new(move |value| promise.set(value)));
    future
}
