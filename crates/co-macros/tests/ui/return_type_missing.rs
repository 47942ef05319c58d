//! `Return` is missing.

use co::Coroutine;

#[co::coroutine]
fn missing() -> impl Coroutine<u8, Yield = u8> {
    yield_!(1);
}

fn main() {}
