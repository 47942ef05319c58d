//! FA02: `yield_!` in an async block.

use co::Coroutine;

#[co::coroutine]
fn count() -> impl Coroutine<(), Yield = u8, Return = ()> {
    let later = async {
        yield_!(1);
    };
    let moved = async move { vec![yield_!(1)] };
}

fn main() {}
