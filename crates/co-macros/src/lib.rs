#![doc = include_str!("../README.md")]

mod attribute;
mod check;
mod depth;
mod errors;
mod expand;
mod function;
mod returns;

#[cfg(test)]
mod tests;

use proc_macro::TokenStream;

/// Makes a `fn` whose body says `yield_!` into one that returns a coroutine.
///
/// Bare, the signature tells the truth: the return type is
/// `impl co::Coroutine<R, Yield = Y, Return = T>`, and the call gives a coroutine that is not
/// started. With `start = path`, the call hands the coroutine to `path` and returns what `path`
/// returns. The [crate documentation](crate) has both, what is supported, and what the macro writes.
///
/// # Errors
///
/// What cannot become a coroutine is refused while compiling, at the token that is wrong, with a
/// message that says what to write instead. All mistakes found are reported at once.
///
/// # Example
///
/// ```
/// use co::{Coroutine, CoroutineState};
/// use std::pin::pin;
///
/// #[co::coroutine]
/// fn count(from: u32) -> impl Coroutine<(), Yield = u32, Return = &'static str> {
///     yield_!(from);
///     yield_!(from + 1);
///     "done"
/// }
///
/// let mut counting = pin!(count(7));
/// assert!(matches!(counting.as_mut().start(), CoroutineState::Yielded(7)));
/// assert!(matches!(counting.as_mut().resume(()), CoroutineState::Yielded(8)));
/// assert!(matches!(counting.as_mut().resume(()), CoroutineState::Complete("done")));
/// ```
#[proc_macro_attribute]
pub fn coroutine(attribute: TokenStream, item: TokenStream) -> TokenStream {
    expand::coroutine(attribute.into(), item.into()).into()
}
