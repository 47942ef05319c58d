#![doc = include_str!("../README.md")]

mod from_async;
mod identity;
mod iter;

use std::ops::DerefMut;
use std::pin::Pin;

#[cfg(feature = "macros")]
pub use co_macros::coroutine;
pub use from_async::{FromAsync, Yield, Yielder, from_async, hand_to};
pub use iter::{Iter, iter};

/// A function that can stop in the middle, hand a value out, and go on later with a value handed in.
///
/// It has the shape of the standard library's unstable `Coroutine`: `R` is what goes in at each resume,
/// [`Yield`](Coroutine::Yield) is what comes out at each stop, [`Return`](Coroutine::Return) is what comes out at the
/// end. [`start`](Coroutine::start) is our addition: where a body begins, no `yield` is waiting for a value, so
/// starting takes none.
///
/// A coroutine is resumed through `Pin<&mut Self>`, because a suspended body may hold references into itself and must
/// not be moved. `Pin<Box<C>>`, `Pin<&mut C>` and, for a `C` that is `Unpin`, `&mut C` and `Box<C>` are coroutines
/// too. The trait can be made into an object: `Pin<Box<dyn Coroutine<R, Yield = Y, Return = T>>>`.
///
/// # Examples
///
/// A coroutine written by hand is an enum with one variant for each place where it can stop:
///
/// ```
/// use std::pin::Pin;
///
/// use co::{Coroutine, CoroutineState};
///
/// enum Greeting {
///     Unstarted,
///     Asked,
///     Done,
/// }
///
/// impl Coroutine<String> for Greeting {
///     type Yield = &'static str;
///     type Return = String;
///
///     fn start(mut self: Pin<&mut Self>) -> CoroutineState<&'static str, String> {
///         assert!(matches!(*self, Greeting::Unstarted));
///         *self = Greeting::Asked;
///         CoroutineState::Yielded("your name?")
///     }
///
///     fn resume(mut self: Pin<&mut Self>, name: String) -> CoroutineState<&'static str, String> {
///         assert!(matches!(*self, Greeting::Asked));
///         *self = Greeting::Done;
///         CoroutineState::Complete(format!("hello, {name}"))
///     }
/// }
///
/// let mut greeting = Greeting::Unstarted;
/// assert_eq!(Pin::new(&mut greeting).start(), CoroutineState::Yielded("your name?"));
/// assert_eq!(
///     Pin::new(&mut greeting).resume("Ada".to_owned()),
///     CoroutineState::Complete("hello, Ada".to_owned()),
/// );
/// ```
pub trait Coroutine<R = ()> {
    /// What comes out at each stop.
    type Yield;
    /// What comes out at the end.
    type Return;

    /// Runs the body from its beginning to its first stop or its end.
    ///
    /// # Panics
    ///
    /// If the coroutine was started before. A panic of the body passes through.
    fn start(self: Pin<&mut Self>) -> CoroutineState<Self::Yield, Self::Return>;

    /// Hands `value` to the place where the body stopped and runs it to its next stop or its end.
    ///
    /// # Panics
    ///
    /// If the coroutine is not suspended: not started, complete, or left by a panic. `value` is dropped then.
    /// A panic of the body passes through.
    fn resume(self: Pin<&mut Self>, value: R) -> CoroutineState<Self::Yield, Self::Return>;
}

/// What came out of a coroutine: a value at a stop, or the result at the end.
///
/// The standard library's unstable type of this name has the same variants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[must_use = "a yielded value wants an answer, a result wants a reader"]
pub enum CoroutineState<Y, T> {
    /// The body stopped at a `yield` and handed this out; it can be resumed.
    Yielded(Y),
    /// The body ended with this; it must not be resumed again.
    Complete(T),
}

impl<R, P> Coroutine<R> for Pin<P>
where
    P: DerefMut<Target: Coroutine<R>>,
{
    type Yield = <P::Target as Coroutine<R>>::Yield;
    type Return = <P::Target as Coroutine<R>>::Return;

    #[inline]
    #[track_caller]
    fn start(self: Pin<&mut Self>) -> CoroutineState<Self::Yield, Self::Return> {
        self.as_deref_mut().start()
    }

    #[inline]
    #[track_caller]
    fn resume(self: Pin<&mut Self>, value: R) -> CoroutineState<Self::Yield, Self::Return> {
        self.as_deref_mut().resume(value)
    }
}

impl<R, C> Coroutine<R> for &mut C
where
    C: Coroutine<R> + Unpin + ?Sized,
{
    type Yield = C::Yield;
    type Return = C::Return;

    #[inline]
    #[track_caller]
    fn start(mut self: Pin<&mut Self>) -> CoroutineState<Self::Yield, Self::Return> {
        Pin::new(&mut **self).start()
    }

    #[inline]
    #[track_caller]
    fn resume(mut self: Pin<&mut Self>, value: R) -> CoroutineState<Self::Yield, Self::Return> {
        Pin::new(&mut **self).resume(value)
    }
}

impl<R, C> Coroutine<R> for Box<C>
where
    C: Coroutine<R> + Unpin + ?Sized,
{
    type Yield = C::Yield;
    type Return = C::Return;

    #[inline]
    #[track_caller]
    fn start(mut self: Pin<&mut Self>) -> CoroutineState<Self::Yield, Self::Return> {
        Pin::new(&mut **self).start()
    }

    #[inline]
    #[track_caller]
    fn resume(mut self: Pin<&mut Self>, value: R) -> CoroutineState<Self::Yield, Self::Return> {
        Pin::new(&mut **self).resume(value)
    }
}

/// Where a coroutine stopped: which one, at which `yield_!`. `#[coroutine(wait = path)]` hands it to `path`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Site {
    /// The name of the function.
    pub coroutine: &'static str,
    /// The expression that was yielded, as it is written.
    pub yields: &'static str,
    /// The source file.
    pub file: &'static str,
    /// The line in it, from 1.
    pub line: u32,
}
