//! Drives a coroutine to its end.

use co::{Coroutine, CoroutineState};
use std::pin::pin;

/// Everything the coroutine yields, and what it returns.
pub(crate) fn to_end<C: Coroutine>(coroutine: C) -> (Vec<C::Yield>, C::Return) {
    let mut coroutine = pin!(coroutine);
    let mut yielded = Vec::new();
    let mut state = coroutine.as_mut().start();
    loop {
        match state {
            CoroutineState::Yielded(value) => yielded.push(value),
            CoroutineState::Complete(result) => return (yielded, result),
        }
        state = coroutine.as_mut().resume(());
    }
}
