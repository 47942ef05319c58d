//! A task: the future and, where the future was, its result.

use std::cell::{Cell, RefCell};
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use crate::join::JoinError;
use crate::panics::{Payload, caught, quietly};

/// One allocation, counted by the slot and by the handle. Both are on the executor's thread.
pub(crate) struct Task<F: Future> {
    /// Borrowed while the future is polled or dropped: then, and only then, others find it borrowed.
    stage: RefCell<Stage<F>>,
    /// Who awaits the handle.
    joiner: Cell<Option<Waker>>,
}

enum Stage<F: Future> {
    Pending(F),
    Done(Result<F::Output, JoinError>),
    /// The result was taken, or the future is being dropped.
    Empty,
}

/// What the executor does with a task.
pub(crate) trait Runnable {
    /// Polls the future, once. True if it is over: it gave a result, or panicked.
    fn poll(&self, cx: &mut Context<'_>) -> bool;

    /// Drops the future. Gives back the payload if that panics.
    fn discard(&self) -> Result<(), Payload>;

    /// Says why there is no result. The future is discarded.
    fn fail(&self, error: JoinError);
}

/// What a handle does with a task.
pub(crate) trait Joined<T> {
    /// The result, if it is there and nobody has taken it.
    fn take(&self) -> Option<Result<T, JoinError>>;

    /// Who is to be woken when it is there; the newest counts.
    fn wait(&self, waker: &Waker);

    fn is_finished(&self) -> bool;
}

impl<F: Future> Task<F> {
    pub(crate) fn new(future: F) -> Self {
        Self {
            stage: RefCell::new(Stage::Pending(future)),
            joiner: Cell::new(None),
        }
    }

    fn done(&self, result: Result<F::Output, JoinError>) {
        let before = self.stage.replace(Stage::Done(result));
        debug_assert!(matches!(before, Stage::Empty));
        // Last of all, and outside the borrow: the waker may be anybody's.
        if let Some(joiner) = self.joiner.take() {
            quietly(|| joiner.wake());
        }
    }
}

impl<F: Future> Runnable for Task<F> {
    fn poll(&self, cx: &mut Context<'_>) -> bool {
        let mut stage = self.stage.borrow_mut();
        let Stage::Pending(future) = &mut *stage else {
            return true;
        };
        // SAFETY: the future never moves until it is dropped. Tasks are made by `Executor::spawn` alone, which puts
        // them into an `Rc` at once; nothing takes one out of it again; and no method here moves the future out of its
        // stage: `take` moves results only, and `discard` drops the future in place. A handle sees nothing of the stage
        // while it is borrowed.
        #[allow(unsafe_code, reason = "the future lives inside the task's allocation")]
        let future = unsafe { Pin::new_unchecked(future) };
        let result = match caught(|| future.poll(cx)) {
            Ok(Poll::Pending) => return false,
            Ok(Poll::Ready(value)) => Ok(value),
            Err(payload) => Err(JoinError::panicked(payload)),
        };
        drop(stage);
        match self.discard() {
            Ok(()) => self.done(result),
            Err(payload) => {
                self.done(Err(JoinError::panicked(payload)));
                quietly(|| drop(result));
            }
        }
        true
    }

    fn discard(&self) -> Result<(), Payload> {
        let mut stage = self.stage.borrow_mut();
        // Drops the future where it is; also if that panics, nothing of it is left.
        caught(|| *stage = Stage::Empty)
    }

    fn fail(&self, error: JoinError) {
        self.done(Err(error));
    }
}

impl<F: Future> Joined<F::Output> for Task<F> {
    fn take(&self) -> Option<Result<F::Output, JoinError>> {
        let mut stage = self.stage.try_borrow_mut().ok()?;
        match &mut *stage {
            Stage::Done(_) => match mem::replace(&mut *stage, Stage::Empty) {
                Stage::Done(result) => Some(result),
                _ => None,
            },
            _ => None,
        }
    }

    fn wait(&self, waker: &Waker) {
        // Wakers are cloned and dropped while nothing is borrowed: they may be anybody's.
        let newest = match self.joiner.take() {
            Some(waiting) if waiting.will_wake(waker) => waiting,
            _ => waker.clone(),
        };
        drop(self.joiner.replace(Some(newest)));
    }

    fn is_finished(&self) -> bool {
        let stage = self.stage.try_borrow();
        stage.is_ok_and(|stage| matches!(*stage, Stage::Done(_)))
    }
}
