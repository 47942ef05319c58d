//! `Coroutine` named twice.

use co::Coroutine;

#[co::coroutine]
fn twice() -> impl Coroutine<Yield = u8, Return = ()> + Coroutine<u8, Yield = u8, Return = ()> {
    yield_!(1);
}

fn main() {}
