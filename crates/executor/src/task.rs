//! A task: the future and, where the future was, its result.
//!
//! Two look at a task, the executor, which owns its [`Work`], and the handle, its [`Share`]. Both are on one thread. Who
//! of them gives the memory back, the stage says:
//!
//! ```text
//!              the work is done
//!   Awaited ─────────────────────▶ Done        the handle takes the result, or drops it, and the memory with it
//!      │
//!      │ the handle is dropped
//!      ▼
//!   Detached ────────────────────▶             the executor drops the result, and the memory with it
//!              the work is done
//! ```
#![allow(
    unsafe_code,
    reason = "the future and its result, of any type, are kept behind one thin pointer"
)]

use std::alloc::Layout;
use std::cell::Cell;
use std::marker::PhantomData;
use std::mem::{self, ManuallyDrop};
use std::pin::Pin;
use std::ptr::NonNull;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use crate::core::Core;
use crate::join::JoinError;
use crate::panics::{Payload, caught, quietly};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// There is a future, or it is being dropped, and a handle.
    Awaited,
    /// There is a future, or it is being dropped, or its result is, and no handle.
    Detached,
    /// There is a result and a handle. The work is gone.
    Done,
}

/// One block of memory. Never moves.
#[repr(C)]
struct Task<F: Future> {
    /// First, so that a pointer to it is one to the task.
    header: Header,
    content: Content<F>,
}

union Content<F: Future> {
    future: ManuallyDrop<F>,
    #[expect(dead_code, reason = "written and read through pointers")]
    result: ManuallyDrop<Outcome<F>>,
}

type Outcome<F> = Result<<F as Future>::Output, JoinError>;

/// What is known of a task of which the type is not known.
struct Header {
    /// What to do with it. There is a table for each stage, so it says the stage too, and that needs no word of its own.
    table: Cell<&'static Table>,
    /// Who awaits the handle.
    joiner: Cell<Option<Waker>>,
}

/// Functions for a task of one type. Each wants a pointer, made by [`spawn`], to a living task of that type.
struct Table {
    stage: Stage,
    layout: Layout,
    /// The table of the same type for another stage.
    at: fn(Stage) -> &'static Table,
    /// Polls the future, which must be there; at its end drops it and puts the result in its place.
    poll: unsafe fn(NonNull<Header>, &mut Context<'_>) -> Poll<()>,
    /// Drops the future, which must be there. Gives back the payload if that panics; it is gone all the same.
    discard: unsafe fn(NonNull<Header>) -> Result<(), Payload>,
    /// Puts an error where the future was.
    fail: unsafe fn(NonNull<Header>, JoinError),
    /// Drops the result, which must be there.
    forget: unsafe fn(NonNull<Header>),
    /// Where the result is.
    result: unsafe fn(NonNull<Header>) -> NonNull<()>,
}

impl<F: Future> Task<F> {
    fn at(stage: Stage) -> &'static Table {
        match stage {
            Stage::Awaited => const { &Self::table(Stage::Awaited) },
            Stage::Detached => const { &Self::table(Stage::Detached) },
            Stage::Done => const { &Self::table(Stage::Done) },
        }
    }

    const fn table(stage: Stage) -> Table {
        Table {
            stage,
            layout: Layout::new::<Self>(),
            at: Self::at,
            poll: Self::poll,
            discard: Self::discard,
            fail: Self::fail,
            forget: Self::forget,
            result: |task| Self::content(task).cast(),
        }
    }

    unsafe fn poll(task: NonNull<Header>, cx: &mut Context<'_>) -> Poll<()> {
        // SAFETY: the caller says that the future is there. Nobody but the work touches it, and the work polls it now.
        let future = unsafe { Self::content(task).cast::<F>().as_mut() };
        // SAFETY: the task never moves, and the future is dropped where it is.
        let mut future = unsafe { Pin::new_unchecked(future) };
        let result = match caught(|| future.as_mut().poll(cx)) {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(value)) => Ok(value),
            Err(payload) => Err(JoinError::panicked(payload)),
        };
        // SAFETY: the future is there.
        match unsafe { Self::discard(task) } {
            // SAFETY: it is there no more.
            Ok(()) => unsafe { Self::put(task, result) },
            Err(payload) => {
                // SAFETY: the same.
                unsafe { Self::fail(task, JoinError::panicked(payload)) };
                quietly(|| drop(result));
            }
        }
        Poll::Ready(())
    }

    unsafe fn discard(task: NonNull<Header>) -> Result<(), Payload> {
        let future = Self::content(task).cast::<F>();
        // SAFETY: the caller says that it is there. It is dropped once: also if that panics, nothing of it is left.
        caught(|| unsafe { future.drop_in_place() })
    }

    unsafe fn fail(task: NonNull<Header>, error: JoinError) {
        // SAFETY: the caller says that the future is gone.
        unsafe { Self::put(task, Err(error)) };
    }

    unsafe fn put(task: NonNull<Header>, result: Outcome<F>) {
        // SAFETY: this is the place for a result, and nothing is in it.
        unsafe { Self::content(task).cast().write(result) };
    }

    unsafe fn forget(task: NonNull<Header>) {
        let result = Self::content(task).cast::<Outcome<F>>();
        // SAFETY: the caller says that it is there.
        unsafe { result.drop_in_place() };
    }

    fn content(task: NonNull<Header>) -> NonNull<Content<F>> {
        let offset = mem::offset_of!(Self, content);
        // SAFETY: the pointer is to the start of a whole task of this type.
        unsafe { task.byte_add(offset) }.cast()
    }
}

/// Makes a task of this executor: its work, which must not leave the executor, and its share, for the handle.
#[inline]
pub(crate) fn spawn<F: Future + 'static>(core: &Rc<Core>, future: F) -> (Work, Share<F::Output>) {
    let task = core.pool().take(Layout::new::<Task<F>>()).cast::<Task<F>>();
    let made = Task {
        header: Header {
            table: Cell::new(Task::<F>::at(Stage::Awaited)),
            joiner: Cell::new(None),
        },
        content: Content {
            future: ManuallyDrop::new(future),
        },
    };
    // SAFETY: the block has the size and the alignment of a task, and nobody else has it.
    unsafe { task.write(made) };
    let share = Share {
        task: Some(task.cast()),
        core: core.clone(),
        result: PhantomData,
    };
    (Work(task.cast()), share)
}

/// The executor's side of a task that is not over: the future is there. It stays with the executor that made it.
pub(crate) struct Work(NonNull<Header>);

/// What a poll came to.
pub(crate) enum Polled {
    Pending(Work),
    Over(Rest),
}

/// What is left when a task is over: if there is no handle, the result and the memory, to be [released](Rest::release).
#[must_use]
pub(crate) struct Rest(Option<NonNull<Header>>);

impl Work {
    #[inline]
    fn table(&self) -> &'static Table {
        // SAFETY: the task lives while it has work.
        unsafe { self.0.as_ref() }.table.get()
    }

    /// Polls the future, once. At its end the one who awaits the handle is woken.
    #[inline]
    pub(crate) fn poll(self, cx: &mut Context<'_>) -> Polled {
        // SAFETY: the table is the task's, and the future is there.
        match unsafe { (self.table().poll)(self.0, cx) } {
            Poll::Pending => Polled::Pending(self),
            Poll::Ready(()) => Polled::Over(self.over()),
        }
    }

    /// Drops the future; `error` says why there is no result, and is told if the drop panicked.
    pub(crate) fn cancel(self, error: impl FnOnce(Result<(), Payload>) -> JoinError) -> Rest {
        // SAFETY: the table is the task's, and the future is there.
        let error = error(unsafe { (self.table().discard)(self.0) });
        // SAFETY: the table is the task's, and the future is gone.
        unsafe { (self.table().fail)(self.0, error) };
        self.over()
    }

    /// The result is in its place.
    #[inline]
    fn over(self) -> Rest {
        let table = self.table();
        if table.stage == Stage::Detached {
            return Rest(Some(self.0));
        }
        // SAFETY: the task lives while it has work.
        let header = unsafe { self.0.as_ref() };
        header.table.set((table.at)(Stage::Done));
        let joiner = header.joiner.take();
        // Last of all: the waker may be anybody's, and the task may be gone before it returns.
        if let Some(joiner) = joiner {
            quietly(|| joiner.wake());
        }
        Rest(None)
    }
}

impl Rest {
    /// Drops the result. `core` is the executor that made the task.
    #[inline]
    pub(crate) fn release(self, core: &Core) {
        let Some(task) = self.0 else { return };
        // SAFETY: there is no handle, so the task lives until it is given back here.
        let table = unsafe { task.as_ref() }.table.get();
        // SAFETY: the result is there, and nobody else knows of it.
        quietly(|| unsafe { (table.forget)(task) });
        // SAFETY: works and what is left of them stay with their executor, so it is from this pool, with this layout.
        // Nothing is in it any more.
        unsafe { core.pool().put(task.cast(), table.layout) };
    }
}

/// The handle's side of a task. It has none any more once it has given the result.
pub(crate) struct Share<T> {
    task: Option<NonNull<Header>>,
    /// The executor that made the task. Keeps the task's memory, also when the executor is dropped.
    core: Rc<Core>,
    result: PhantomData<T>,
}

impl<T> Share<T> {
    fn header(&self) -> Option<&Header> {
        // SAFETY: the task lives while it has a share.
        self.task.map(|task| unsafe { task.as_ref() })
    }

    pub(crate) fn core(&self) -> &Core {
        &self.core
    }

    /// Whether the result is there, or was taken.
    pub(crate) fn is_finished(&self) -> bool {
        self.header()
            .is_none_or(|header| header.table.get().stage == Stage::Done)
    }

    /// Whether the result was taken.
    pub(crate) fn is_void(&self) -> bool {
        self.task.is_none()
    }

    /// The result, once, if it is there.
    #[inline]
    pub(crate) fn take(&mut self) -> Option<Result<T, JoinError>> {
        let table = self.header()?.table.get();
        if table.stage != Stage::Done {
            return None;
        }
        let task = self.task.take()?;
        // SAFETY: the table is the task's.
        let result = unsafe { (table.result)(task) };
        // SAFETY: the result is there, it has this type, and it is read this once.
        let result = unsafe { result.cast().read() };
        // SAFETY: it is from this pool, with this layout; nobody else knows of it: the work is gone.
        unsafe { self.core.pool().put(task.cast(), table.layout) };
        Some(result)
    }

    /// Who is to be woken when the result is there; the newest counts.
    pub(crate) fn wait(&self, waker: &Waker) {
        let Some(header) = self.header() else { return };
        let older = header.joiner.take();
        if older.as_ref().is_some_and(|older| older.will_wake(waker)) {
            header.joiner.set(older);
            return;
        }
        // Wakers may be anybody's: to clone one, or to drop one, may run the task to its end.
        let newest = waker.clone();
        if header.table.get().stage == Stage::Done {
            return newest.wake();
        }
        header.joiner.set(Some(newest));
        // Last of all: if the task is over after that, the newest was woken.
        drop(older);
    }
}

impl<T> Drop for Share<T> {
    /// A result that is there is dropped; if there is none yet, the task goes on without a handle.
    #[inline]
    fn drop(&mut self) {
        if self.task.is_none() {
            return;
        }
        if let Some(result) = self.take() {
            return drop(result);
        }
        let Some(header) = self.header() else { return };
        let joiner = header.joiner.take();
        let table = header.table.get();
        header.table.set((table.at)(Stage::Detached));
        drop(joiner);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The figure that the README gives.
    #[test]
    fn a_header_is_24_bytes() {
        assert_eq!(size_of::<Header>(), 24);
    }
}
