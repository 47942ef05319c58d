//! FA01: an `async fn`.

use co::Coroutine;

#[co::coroutine]
async fn count() -> impl Coroutine<(), Yield = u8, Return = ()> {
    yield_!(1);
}

fn call() {
    // Only the mistake itself is reported: `count` is known.
    count();
}

fn main() {}
