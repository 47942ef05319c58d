//! FA01: C's `...`. rustc refuses it outside `extern "C"` and declarations (E0658); the first
//! messages are the macro's.

use co::Coroutine;

#[co::coroutine]
unsafe extern "C" fn count(n: u8, ...) -> impl Coroutine<(), Yield = u8, Return = ()> {
    yield_!(n);
}

fn main() {}
