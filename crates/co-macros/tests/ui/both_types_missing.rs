//! Both are missing.

use co::Coroutine;

#[co::coroutine]
fn count() -> impl Coroutine {
    yield_!(1);
}

fn main() {}
