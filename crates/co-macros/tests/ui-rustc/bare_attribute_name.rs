//! `#[coroutine]` without its path: std's prelude has an unstable attribute of that name, and an
//! import does not win over it (E0659). Write `#[co::coroutine]`.

use co::Coroutine;

use co::coroutine;

#[coroutine]
fn count() -> impl Coroutine<(), Yield = u8, Return = ()> {
    yield_!(1);
}

fn main() {}
