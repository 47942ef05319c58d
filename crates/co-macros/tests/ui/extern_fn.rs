//! FA01: an `extern fn`.

use co::Coroutine;

#[co::coroutine]
extern "C" fn count() -> impl Coroutine<(), Yield = u8, Return = ()> {
    yield_!(1);
}

#[co::coroutine(start = drop)]
pub extern "C" fn start() {
    yield_!(1);
}

fn main() {}
