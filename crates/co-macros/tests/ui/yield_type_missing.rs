//! `Yield` is missing, or only a bound.

use co::Coroutine;

#[co::coroutine]
fn missing() -> impl Coroutine<(), Return = ()> {
    yield_!(1);
}

#[co::coroutine]
fn bound() -> impl Coroutine<(), Yield: Copy, Return = ()> {
    yield_!(1);
}

fn main() {}
