//! The bare form with a box.

use co::Coroutine;

#[co::coroutine]
fn count() -> Box<dyn Coroutine<(), Yield = u8, Return = ()>> {
    yield_!(1);
}

fn main() {}
