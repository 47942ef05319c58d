//! FA01: a `const fn`.

use co::Coroutine;

#[co::coroutine]
const fn count() -> impl Coroutine<(), Yield = u8, Return = ()> {
    yield_!(1);
}

fn main() {}
