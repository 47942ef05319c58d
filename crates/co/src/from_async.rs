//! A coroutine made from an async block.
//!
//! `step` keeps an [`Exchange`] on its own stack and hands its address down as the data of a [`Waker`]; a [`Yield`]
//! that is polled finds it there. Whoever holds a reference to a waker with our [`VTABLE`] holds one to the waker
//! that `step` made, since a clone gets another vtable: so the exchange is alive. Whether it may be *used* is decided
//! by its [`Header`], which every thread may read: it names the coroutine, and so the types of the slot, and the
//! thread.
#![allow(
    unsafe_code,
    reason = "pins the body in place, and finds the exchange through the waker"
)]

use std::cell::Cell;
use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::mem::{self, ManuallyDrop};
use std::pin::Pin;
use std::ptr;
use std::task::{Context, Poll, RawWaker, RawWakerVTable, Waker};

use crate::identity::{Id, this_thread};
use crate::{Coroutine, CoroutineState};

/// Makes a coroutine of `body`, a closure that gives an async block; in the block, `yielder.yield_(value).await`
/// hands `value` out and evaluates to the value that the next resume hands in.
///
/// The closure is called at once, but nothing of the async block runs before [`Coroutine::start`]. Nothing is
/// allocated, here or at a resume.
///
/// # Panics
///
/// Where `body` does. Starting and resuming panic on misuse, see [`FromAsync`].
///
/// # Examples
///
/// ```
/// use std::pin::pin;
///
/// use co::{Coroutine, CoroutineState};
///
/// let mut adder = pin!(co::from_async(|y| async move {
///     let first: i32 = y.yield_("first?").await;
///     let second: i32 = y.yield_("second?").await;
///     first + second
/// }));
/// assert_eq!(adder.as_mut().start(), CoroutineState::Yielded("first?"));
/// assert_eq!(adder.as_mut().resume(40), CoroutineState::Yielded("second?"));
/// assert_eq!(adder.as_mut().resume(2), CoroutineState::Complete(42));
/// ```
#[inline]
#[must_use = "a coroutine does nothing before it is started"]
pub fn from_async<Y, R, F: Future>(body: impl FnOnce(Yielder<Y, R>) -> F) -> FromAsync<Y, R, F> {
    let id = Id::fresh();
    FromAsync {
        id,
        status: Status::Unstarted,
        body: body(Yielder {
            owner: id,
            passes: PhantomData,
        }),
        passes: PhantomData,
    }
}

/// Hands the coroutine that [`from_async`] makes of `body` to `to`, and returns what `to` returns.
///
/// The same as `to(from_async(body))`, but the compiler looks at what `to` asks for before it looks at the body, and
/// so knows in the body what `yield_` gives.
///
/// # Panics
///
/// Where `to` or `body` does.
///
/// # Examples
///
/// ```
/// use std::pin::pin;
///
/// use co::{Coroutine, CoroutineState};
///
/// fn answer(coroutine: impl Coroutine<String, Yield = (), Return = usize>) -> usize {
///     let mut coroutine = pin!(coroutine);
///     let _ = coroutine.as_mut().start();
///     match coroutine.as_mut().resume("io result".to_owned()) {
///         CoroutineState::Complete(length) => length,
///         CoroutineState::Yielded(()) => 0,
///     }
/// }
///
/// let length = co::hand_to(answer, |y| async move { y.yield_(()).await.len() });
/// assert_eq!(length, 9);
/// ```
#[inline]
#[track_caller]
pub fn hand_to<Y, R, F: Future, T>(
    to: impl FnOnce(FromAsync<Y, R, F>) -> T,
    body: impl FnOnce(Yielder<Y, R>) -> F,
) -> T {
    to(from_async(body))
}

/// A coroutine made from an async block by [`from_async`].
///
/// It is `Send` if the async block is: if everything that the block captured or holds over a `yield_` is `Send`.
/// It is not `Unpin` if the block is not (an async block never is): pin it before you start it.
/// Dropping it drops what the body holds at that moment, each value once.
///
/// # Panics
///
/// [`start`](Coroutine::start) and [`resume`](Coroutine::resume) panic
///
/// - when called out of turn: `start` twice, `resume` before `start`, either after the end or after a panic;
/// - when the body awaits something that is not its own `yield_` and that is not ready at once;
/// - when the body loses a value: it drops a `yield_` that was polled but not answered, or ends with one pending.
///
/// After a panic that went through it, a coroutine is poisoned for ever.
///
/// # What the types refuse
///
/// To move a coroutine once it may have been started: starting it takes a pin.
///
/// ```
/// # use co::{Coroutine, Yielder};
/// let mut coroutine = co::from_async(|y: Yielder<u8, u8>| async move { y.yield_(1).await });
/// let _ = std::pin::pin!(coroutine).start();
/// ```
/// ```compile_fail,E0277
/// # use co::{Coroutine, Yielder};
/// let mut coroutine = co::from_async(|y: Yielder<u8, u8>| async move { y.yield_(1).await });
/// let _ = std::pin::Pin::new(&mut coroutine).start(); // `Pin::new` wants `Unpin`
/// ```
///
/// To drop it while it runs: running borrows it.
///
/// ```
/// # use co::{Coroutine, Yielder};
/// let mut coroutine = Box::pin(co::from_async(|y: Yielder<u8, u8>| async move { y.yield_(1).await }));
/// let running = coroutine.as_mut();
/// let _ = running.start();
/// drop(coroutine);
/// ```
/// ```compile_fail,E0505
/// # use co::{Coroutine, Yielder};
/// let mut coroutine = Box::pin(co::from_async(|y: Yielder<u8, u8>| async move { y.yield_(1).await }));
/// let running = coroutine.as_mut();
/// drop(coroutine);
/// let _ = running.start();
/// ```
///
/// To send it to another thread while it holds what must stay on this one:
///
/// ```
/// # use std::{rc::Rc, sync::Arc};
/// fn is_send<C: co::Coroutine<Yield = u8> + Send>(_: &C) {}
/// is_send(&co::from_async(|y| async move {
///     let held = Arc::new(1);
///     y.yield_(1).await;
///     drop(held);
/// }));
/// ```
/// ```compile_fail
/// # use std::{rc::Rc, sync::Arc};
/// fn is_send<C: co::Coroutine<Yield = u8> + Send>(_: &C) {}
/// is_send(&co::from_async(|y| async move {
///     let held = Rc::new(1); // future cannot be sent between threads safely
///     y.yield_(1).await;
///     drop(held);
/// }));
/// ```
#[must_use = "a coroutine does nothing before it is started"]
pub struct FromAsync<Y, R, F> {
    id: Id,
    status: Status,
    body: F,
    passes: PhantomData<fn(R) -> Y>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Status {
    Unstarted,
    Suspended,
    /// Only the body itself can run while this stands; seen from outside it means that a panic left it.
    Running,
    Complete,
}

/// What `step` and the `yield_` that it runs into share. It lives on the stack of `step`.
#[repr(C)] // The header comes first, whatever the types.
struct Exchange<Y, R> {
    header: Header,
    slot: Cell<Slot<Y, R>>,
}

/// Whose exchange it is. Never written after it was made: any thread may read it.
struct Header {
    owner: Id,
    thread: *const (),
}

/// The one value on its way. In each step: what was sent is taken, then what is yielded is put.
enum Slot<Y, R> {
    Empty,
    Sent(R),
    Yielded(Y),
}

/// Marks the wakers that `step` makes. Not generic and a `static`: it has one address.
static VTABLE: RawWakerVTable = RawWakerVTable::new(clone, nothing, nothing, nothing);

/// A clone may outlive the exchange, so it must not lead there: it is a waker that does nothing.
fn clone(_: *const ()) -> RawWaker {
    let noop = ManuallyDrop::new(Waker::noop().clone());
    RawWaker::new(noop.data(), noop.vtable())
}

fn nothing(_: *const ()) {}

impl<Y, R, F: Future> FromAsync<Y, R, F> {
    // `always`, since it has two callers: where it is not inlined, all its checks are made at each resume.
    #[inline(always)]
    #[track_caller]
    fn step(
        self: Pin<&mut Self>,
        expected: Status,
        sent: Slot<Y, R>,
    ) -> CoroutineState<Y, F::Output> {
        // SAFETY: nothing is moved out of `this`; `body` is only used pinned.
        let this = unsafe { self.get_unchecked_mut() };
        if this.status != expected {
            out_of_turn(this.status);
        }
        this.status = Status::Running;
        let exchange = Exchange {
            header: Header {
                owner: this.id,
                thread: this_thread(),
            },
            slot: Cell::new(sent),
        };
        // SAFETY: the functions of `VTABLE` touch nothing, so they keep the waker's contract from any thread.
        let waker = unsafe { Waker::new(ptr::from_ref(&exchange).cast(), &VTABLE) };
        // Its drop would do nothing.
        let waker = ManuallyDrop::new(waker);
        // SAFETY: `self` was pinned and `body` is pinned with it: it is never moved, has its destructor run in
        // place (`FromAsync` has no `Drop` and is not packed), and alone decides whether `FromAsync` is `Unpin`.
        let body = unsafe { Pin::new_unchecked(&mut this.body) };
        let polled = body.poll(&mut Context::from_waker(&waker));
        match (polled, exchange.slot.into_inner()) {
            (Poll::Pending, Slot::Yielded(value)) => {
                this.status = Status::Suspended;
                CoroutineState::Yielded(value)
            }
            (Poll::Ready(value), Slot::Empty) => {
                this.status = Status::Complete;
                CoroutineState::Complete(value)
            }
            (Poll::Pending, _) => awaited_something_else(),
            (Poll::Ready(_), Slot::Yielded(_)) => ended_with_a_yield_pending(),
            (Poll::Ready(_), Slot::Sent(_)) => answer_not_taken(),
        }
    }
}

impl<Y, R, F: Future> Coroutine<R> for FromAsync<Y, R, F> {
    type Yield = Y;
    type Return = F::Output;

    #[inline]
    #[track_caller]
    fn start(self: Pin<&mut Self>) -> CoroutineState<Y, F::Output> {
        self.step(Status::Unstarted, Slot::Empty)
    }

    #[inline]
    #[track_caller]
    fn resume(self: Pin<&mut Self>, value: R) -> CoroutineState<Y, F::Output> {
        self.step(Status::Suspended, Slot::Sent(value))
    }
}

impl<Y, R, F> fmt::Debug for FromAsync<Y, R, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FromAsync")
            .field("id", &self.id)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

/// The body's side of a coroutine made by [`from_async`]: yields for that coroutine and no other.
///
/// It is `Copy`, and may be kept, sent and leaked freely: where it does not belong, its [`Yield`] panics.
///
/// It takes what its coroutine hands out, so a lifetime in `Y` may grow but not shrink: else a short-lived value could
/// be handed out as a long-lived one.
///
/// ```
/// # use co::Yielder;
/// fn grow<'a>(y: Yielder<&'a str, ()>) -> Yielder<&'static str, ()> { y }
/// ```
/// ```compile_fail
/// # use co::Yielder;
/// fn shrink<'a>(y: Yielder<&'static str, ()>) -> Yielder<&'a str, ()> { y }
/// ```
pub struct Yielder<Y, R> {
    owner: Id,
    passes: PhantomData<fn(Y) -> R>,
}

impl<Y, R> Yielder<Y, R> {
    /// Stops the coroutine when awaited: hands `value` out, and evaluates to what the next resume hands in.
    ///
    /// Nothing happens before the [`Yield`] is polled, which `.await` does.
    #[inline]
    pub fn yield_(&self, value: Y) -> Yield<Y, R> {
        Yield {
            stage: Stage::Asking(self.owner, value),
            passes: PhantomData,
        }
    }
}

impl<Y, R> Clone for Yielder<Y, R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<Y, R> Copy for Yielder<Y, R> {}

impl<Y, R> fmt::Debug for Yielder<Y, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Yielder").field("id", &self.owner).finish()
    }
}

/// One stop of a coroutine; made by [`Yielder::yield_`], to be awaited at once.
///
/// It never registers the waker it is polled with: the coroutine's caller resumes it, nobody wakes it.
///
/// # Panics
///
/// Polling panics, and touches nothing before it does,
///
/// - outside the coroutine whose `Yielder` made it: in another coroutine, in an async function that an executor
///   polls, or through a waker that is not the coroutine's own (a clone is not);
/// - on another thread than the one that is resuming the coroutine;
/// - when another `yield_` was polled since the last resume and waits to be answered, or has not yet taken the answer
///   of this resume;
/// - after it was answered.
#[must_use = "a yield does nothing unless it is awaited: `y.yield_(value).await`"]
pub struct Yield<Y, R> {
    stage: Stage<Y>,
    passes: PhantomData<fn() -> R>,
}

/// The id is in each variant, and not in `Yield`, so that it shares a word with the variant's tag.
enum Stage<Y> {
    Asking(Id, Y),
    Waiting(Id),
    Over,
}

// Nothing in it is ever pinned.
impl<Y, R> Unpin for Yield<Y, R> {}

impl<Y, R> Future for Yield<Y, R> {
    type Output = R;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<R> {
        let stage = &mut self.get_mut().stage;
        let (Stage::Asking(owner, _) | Stage::Waiting(owner)) = *stage else {
            polled_after_its_answer();
        };
        let slot = find_slot::<Y, R>(owner, cx.waker());
        if let Stage::Asking(..) = stage {
            expect_empty(slot);
        }
        match mem::replace(stage, Stage::Over) {
            Stage::Asking(_, value) => {
                slot.set(Slot::Yielded(value));
                *stage = Stage::Waiting(owner);
                Poll::Pending
            }
            Stage::Waiting(_) => match slot.replace(Slot::Empty) {
                Slot::Sent(value) => Poll::Ready(value),
                // Polled twice in one step, which any future may be.
                unanswered => {
                    slot.set(unanswered);
                    *stage = Stage::Waiting(owner);
                    Poll::Pending
                }
            },
            Stage::Over => polled_after_its_answer(),
        }
    }
}

impl<Y, R> fmt::Debug for Yield<Y, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Yield").finish_non_exhaustive()
    }
}

/// The slot that `owner`'s `step` keeps for the `yield_` that is polled with `waker`.
#[inline]
fn find_slot<Y, R>(owner: Id, waker: &Waker) -> &Cell<Slot<Y, R>> {
    if !ptr::eq(waker.vtable(), &VTABLE) {
        not_a_coroutines_waker();
    }
    // SAFETY: a waker with our vtable was made by `step` (a clone has another vtable), is borrowed from there, and
    // points to an `Exchange` that outlives it. Whatever that one's types, a header comes first (`repr(C)`), and it
    // is never written, so it may be read from any thread.
    let header = unsafe { &*waker.data().cast::<Header>() };
    if header.owner != owner {
        another_coroutine();
    }
    if header.thread != this_thread() {
        another_thread();
    }
    // SAFETY: alive as above. An id is given to one coroutine and to the yielder of its body, so the types are those
    // of `step`, save for lifetimes, which `Yielder` and `FromAsync` let vary in safe directions only. `step` runs
    // on the thread of the header, which is alive as long as that `step`; so this is the same thread, and a `Cell`
    // is enough.
    let exchange = unsafe { &*waker.data().cast::<Exchange<Y, R>>() };
    &exchange.slot
}

/// Panics if another value is on its way; it stays there.
#[inline]
fn expect_empty<Y, R>(slot: &Cell<Slot<Y, R>>) {
    let found = slot.replace(Slot::Empty);
    if let Slot::Empty = found {
        return;
    }
    let answer = matches!(found, Slot::Sent(_));
    slot.set(found);
    if answer {
        answer_not_taken();
    }
    two_yields();
}

#[cold]
#[inline(never)]
#[track_caller]
fn out_of_turn(status: Status) -> ! {
    match status {
        Status::Unstarted => panic!("coroutine resumed before it was started: call `start` first"),
        Status::Suspended => panic!("coroutine started twice: it is suspended, call `resume`"),
        Status::Running => panic!(
            "coroutine resumed after a panic went through it: it is poisoned, make a new one"
        ),
        Status::Complete => panic!(
            "coroutine resumed after it was complete: stop resuming at `CoroutineState::Complete`"
        ),
    }
}

#[cold]
#[inline(never)]
#[track_caller]
fn awaited_something_else() -> ! {
    panic!(
        "coroutine awaited something that is not its `yield_`, and nobody would wake it: \
         yield what you wait for, and let the caller resume with the result"
    )
}

#[cold]
#[inline(never)]
#[track_caller]
fn ended_with_a_yield_pending() -> ! {
    panic!(
        "coroutine ended with a `yield_` pending, and its value would be lost: await each `yield_`"
    )
}

#[cold]
#[inline(never)]
#[track_caller]
fn answer_not_taken() -> ! {
    panic!(
        "coroutine did not await the `yield_` that this resume answers, and the value sent in would be lost: \
         await each `yield_` to its end"
    )
}

#[cold]
#[inline(never)]
fn two_yields() -> ! {
    panic!(
        "two `yield_`s of one coroutine polled in one step: it can hand out one value at a time, \
         await them one after another"
    )
}

#[cold]
#[inline(never)]
fn polled_after_its_answer() -> ! {
    panic!("`yield_` polled after it was answered: await each `yield_` once")
}

#[cold]
#[inline(never)]
fn not_a_coroutines_waker() -> ! {
    panic!(
        "`yield_` polled outside a coroutine: await it in the async block of its own `from_async`, \
         and with the waker that the block is polled with"
    )
}

#[cold]
#[inline(never)]
fn another_coroutine() -> ! {
    panic!("`yield_` polled inside another coroutine: await it in the one whose `Yielder` made it")
}

#[cold]
#[inline(never)]
fn another_thread() -> ! {
    panic!(
        "`yield_` polled on another thread than the one that is resuming its coroutine: \
         await it in the coroutine's own body"
    )
}
