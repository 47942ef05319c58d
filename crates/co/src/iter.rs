use std::iter::FusedIterator;
use std::pin::Pin;

use crate::{Coroutine, CoroutineState};

/// Makes an iterator of a coroutine that takes nothing in and returns nothing.
///
/// `coroutine` must not be started yet: the first `next` starts it, each later one resumes it. Pin it first
/// (`Box::pin`, `std::pin::pin!`) unless it is `Unpin`.
///
/// # Examples
///
/// ```
/// use std::pin::pin;
///
/// let countdown = pin!(co::from_async(|y| async move {
///     for n in (1..=3).rev() {
///         y.yield_(n).await;
///     }
/// }));
/// assert_eq!(co::iter(countdown).collect::<Vec<_>>(), [3, 2, 1]);
/// ```
pub fn iter<C>(coroutine: C) -> Iter<C>
where
    C: Coroutine<(), Return = ()> + Unpin,
{
    Iter {
        coroutine,
        next: Next::Start,
    }
}

/// The values that a coroutine yields, one after another; made by [`iter`].
///
/// After the coroutine is complete `next` gives `None`, however often it is called.
///
/// # Panics
///
/// `next` panics where [`Coroutine::start`] and [`Coroutine::resume`] do. After a panic of the body it gives `None`.
#[derive(Clone, Debug)]
#[must_use = "iterators are lazy: nothing of the coroutine runs before the first `next`"]
pub struct Iter<C> {
    coroutine: C,
    next: Next,
}

#[derive(Clone, Copy, Debug)]
enum Next {
    Start,
    Resume,
    Nothing,
}

impl<C> Iterator for Iter<C>
where
    C: Coroutine<(), Return = ()> + Unpin,
{
    type Item = C::Yield;

    #[inline]
    fn next(&mut self) -> Option<C::Yield> {
        let coroutine = Pin::new(&mut self.coroutine);
        // `Nothing` stands while the body runs, so that it is what a panic leaves behind.
        let state = match std::mem::replace(&mut self.next, Next::Nothing) {
            Next::Start => coroutine.start(),
            Next::Resume => coroutine.resume(()),
            Next::Nothing => return None,
        };
        match state {
            CoroutineState::Yielded(value) => {
                self.next = Next::Resume;
                Some(value)
            }
            CoroutineState::Complete(()) => None,
        }
    }
}

impl<C> FusedIterator for Iter<C> where C: Coroutine<(), Return = ()> + Unpin {}
