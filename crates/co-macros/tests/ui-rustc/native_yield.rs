//! `yield` itself. rustc refuses the unstable syntax before the macro runs (E0658), whatever the
//! macro does with it; the first message is the macro's.

use co::Coroutine;

#[co::coroutine]
fn count() -> impl Coroutine<(), Yield = u8, Return = ()> {
    yield 1;
}

fn main() {}
