//! FA02: `yield_!` in a closure, a nested one, one in a macro, and an async one.

use co::Coroutine;

#[co::coroutine]
fn count() -> impl Coroutine<(), Yield = u8, Return = ()> {
    [1, 2].iter().for_each(|n| yield_!(*n));
    let nested = || || yield_!(1);
    println!("{:?}", Some(1).map(|n| yield_!(n)));
    let later = async || yield_!(1);
    yield_!(1);
}

fn main() {}
