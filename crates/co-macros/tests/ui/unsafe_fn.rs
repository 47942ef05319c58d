//! FA01: an `unsafe fn`.

use co::Coroutine;

#[co::coroutine]
unsafe fn count(from: *const u8) -> impl Coroutine<(), Yield = u8, Return = ()> {
    yield_!(*from);
}

fn main() {}
