//! A bare `main`: nobody would resume what it returns (E0277). `start = path` makes a `main` that runs.

use co::Coroutine;

#[co::coroutine]
fn main() -> impl Coroutine<(), Yield = u8, Return = ()> {
    yield_!(1);
}
