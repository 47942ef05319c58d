use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::executor::spawn;
use crate::join::{JoinError, JoinHandle};

/// Runs all futures at the same time and gives their values, in the order of the futures.
///
/// Each becomes a task of the current executor, in this call, and so only those that are woken are polled, be there a
/// hundred thousand of them. If one panics or is aborted, its [`JoinError`] is the result, once all before it have given
/// their values. What is not over when the join gives its result or is dropped is [aborted](JoinHandle::abort).
///
/// Futures that borrow cannot be tasks: they want a join that polls them in place, such as that of the `futures` crate.
///
/// ```
/// let squares = executor::block_on(async {
///     executor::join_all((1..=3).map(|number| async move { number * number })).await
/// });
/// assert_eq!(squares.unwrap(), [1, 4, 9]);
/// ```
///
/// # Panics
///
/// As [`spawn`], unless there are no futures.
#[track_caller]
pub fn join_all<I>(futures: I) -> JoinAll<<I::Item as Future>::Output>
where
    I: IntoIterator,
    I::Item: Future + 'static,
{
    let futures = futures.into_iter();
    // There from the beginning, so that a panic of the iterator, too, aborts what was spawned.
    let mut all = JoinAll {
        tasks: Vec::with_capacity(futures.size_hint().0),
        values: None,
    };
    for future in futures {
        all.tasks.push(spawn(future));
    }
    all.values = Some(Vec::with_capacity(all.tasks.len()));
    all
}

/// Made by [`join_all`].
#[must_use = "dropping it aborts the tasks"]
pub struct JoinAll<T> {
    tasks: Vec<JoinHandle<T>>,
    /// Of the first so many tasks. The next is the one that is awaited; those behind it wake nobody. None at the end.
    values: Option<Vec<T>>,
}

// Nothing in it is pinned: the futures are with the executor.
impl<T> Unpin for JoinAll<T> {}

impl<T> JoinAll<T> {
    fn abort(&mut self) {
        // First all are aborted, then results dropped: such a drop is code of others, and may panic.
        self.tasks.iter().for_each(JoinHandle::abort);
        self.tasks.clear();
    }
}

impl<T> Future for JoinAll<T> {
    type Output = Result<Vec<T>, JoinError>;

    /// # Panics
    ///
    /// If it is polled again after it gave its result.
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { tasks, values } = &mut *self;
        let some = values.as_mut();
        let some = some.expect("a JoinAll was polled after it gave its result");
        for task in &mut tasks[some.len()..] {
            match Pin::new(task).poll(cx) {
                Poll::Ready(Ok(value)) => some.push(value),
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Err(error)) => {
                    let unused = values.take();
                    self.abort();
                    drop(unused);
                    return Poll::Ready(Err(error));
                }
            }
        }
        tasks.clear();
        Poll::Ready(Ok(values.take().unwrap_or_default()))
    }
}

impl<T> Drop for JoinAll<T> {
    fn drop(&mut self) {
        self.abort();
    }
}

impl<T> fmt::Debug for JoinAll<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinAll")
            .field("tasks", &self.tasks)
            .finish_non_exhaustive()
    }
}
