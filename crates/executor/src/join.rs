use std::any::Any;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use crate::inbox::{Inbox, Want};
use crate::panics::Payload;
use crate::planted::{Mistake, planted};
use crate::record::TaskId;
use crate::registry;
use crate::task::Share;
use crate::ticket::Ticket;

/// Awaits the result of a task.
///
/// `await` gives `Ok(value)`, or a [`JoinError`] if the task panicked, was aborted, or was dropped with its executor.
/// Any executor of this thread may await it, also another than the task's. It is not [`Send`], and neither is the task:
/// to carry a result to another thread, send it through a channel.
///
/// Dropped, it *detaches* the task: the task goes on, and its result is dropped. Use [`abort`](JoinHandle::abort) to end
/// it.
///
/// ```
/// let answer = executor::block_on(async {
///     let task = executor::spawn(async { 6 * 7 });
///     task.await.unwrap()
/// });
/// assert_eq!(answer, 42);
/// ```
///
/// It stays on its thread:
///
/// ```compile_fail,E0277
/// let executor = executor::Executor::new();
/// let task = executor.spawn(async {});
/// std::thread::spawn(move || drop(task));
/// ```
#[must_use = "dropping it detaches the task; say so with `drop`"]
pub struct JoinHandle<T> {
    share: Share<T>,
    ticket: Ticket,
}

// Nothing in it is pinned.
impl<T> Unpin for JoinHandle<T> {}

impl<T> JoinHandle<T> {
    pub(crate) fn new(share: Share<T>, ticket: Ticket) -> Self {
        Self { share, ticket }
    }

    /// Has the task dropped when its turn comes, on its own thread; then the handle gives an error that
    /// [is cancelled](JoinError::is_cancelled).
    ///
    /// Nothing is dropped inside this call, so it may be called from anywhere, also by the task itself: its running poll
    /// comes to its end first, and if that gives the result, the result counts. A task that is over stays as it is.
    pub fn abort(&self) {
        self.share.core().abort(self.ticket);
    }

    /// What aborts the task from another thread.
    pub fn abort_handle(&self) -> AbortHandle {
        AbortHandle {
            inbox: self.share.core().inbox().clone(),
            ticket: self.ticket,
        }
    }

    /// Whether the result is there, or was.
    pub fn is_finished(&self) -> bool {
        self.share.is_finished()
    }

    /// The task's name in what is [recorded](crate::Executor::record).
    pub fn id(&self) -> TaskId {
        self.ticket.into()
    }
}

impl<T> Future for JoinHandle<T> {
    type Output = Result<T, JoinError>;

    /// # Panics
    ///
    /// If it is polled again after it gave the result.
    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let share = &mut self.share;
        assert!(
            !share.is_void(),
            "a JoinHandle was polled after it gave its result"
        );
        let result = share.take();
        if result.is_none() {
            share.wait(cx.waker());
        }
        result.map_or(Poll::Pending, Poll::Ready)
    }
}

impl<T> fmt::Debug for JoinHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinHandle")
            .field("id", &self.id())
            .field("finished", &self.is_finished())
            .finish()
    }
}

/// Aborts a task, from any thread. Made by [`JoinHandle::abort_handle`].
#[derive(Clone)]
pub struct AbortHandle {
    inbox: Arc<Inbox>,
    ticket: Ticket,
}

impl AbortHandle {
    /// Has the task dropped, on its own thread, in the next turn of its executor. Nothing happens if the task or the
    /// executor is over.
    pub fn abort(&self) {
        if planted(Mistake::AbortsByNumber) {
            return registry::put(self.ticket, Want::Abort);
        }
        // By the inbox, not by the number: that may be another executor's by now, and an abort is not a poll too many.
        self.inbox.put((self.ticket, Want::Abort));
    }
}

impl fmt::Debug for AbortHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = TaskId::from(self.ticket);
        f.debug_struct("AbortHandle").field("id", &id).finish()
    }
}

/// Why a task has no result. Any error that can hold others can hold it.
///
/// ```
/// use std::error::Error;
///
/// async fn double(number: u32) -> Result<u32, Box<dyn Error + Send + Sync>> {
///     let task = executor::spawn(async move { number.checked_mul(2).expect("too much") });
///     Ok(task.await?)
/// }
/// let error = executor::block_on(double(u32::MAX)).unwrap_err();
/// assert_eq!(error.to_string(), "the task panicked: too much");
/// ```
pub struct JoinError(Why);

enum Why {
    Cancelled,
    /// Under a lock that nobody contends for, so that the error is `Sync`, and other errors can hold it.
    Panicked(Box<Mutex<Payload>>),
}

impl JoinError {
    pub(crate) fn cancelled() -> Self {
        Self(Why::Cancelled)
    }

    /// Why an aborted task has no result, when its future is dropped.
    pub(crate) fn of_abort(dropped: Result<(), Payload>) -> Self {
        dropped.map_or_else(Self::panicked, |()| Self::cancelled())
    }

    pub(crate) fn panicked(payload: Payload) -> Self {
        Self(Why::Panicked(Box::new(Mutex::new(payload))))
    }

    /// The task was aborted, or dropped with its executor.
    pub fn is_cancelled(&self) -> bool {
        matches!(self.0, Why::Cancelled)
    }

    /// The task panicked, in a poll or when its future was dropped.
    pub fn is_panic(&self) -> bool {
        matches!(self.0, Why::Panicked(_))
    }

    /// What the panic carries, to look at or to [go on](std::panic::resume_unwind) with.
    ///
    /// # Errors
    ///
    /// Gives the error back if it is not a panic.
    pub fn try_into_panic(self) -> Result<Box<dyn Any + Send>, Self> {
        match self.0 {
            Why::Panicked(payload) => {
                Ok(payload.into_inner().unwrap_or_else(PoisonError::into_inner))
            }
            Why::Cancelled => Err(self),
        }
    }
}

impl fmt::Display for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let payload = match &self.0 {
            Why::Cancelled => return f.write_str("the task was cancelled"),
            Why::Panicked(payload) => payload.lock().unwrap_or_else(PoisonError::into_inner),
        };
        let text = payload.downcast_ref::<&str>().copied();
        match text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)) {
            Some(text) => write!(f, "the task panicked: {text}"),
            None => f.write_str("the task panicked"),
        }
    }
}

impl fmt::Debug for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "JoinError({self})")
    }
}

impl std::error::Error for JoinError {}
