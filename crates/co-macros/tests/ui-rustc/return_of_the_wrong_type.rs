//! A result that is not what the signature says (E0308).

use co::Coroutine;

#[co::coroutine]
fn at_the_end() -> impl Coroutine<(), Yield = u8, Return = ()> {
    yield_!(1);
    "done"
}

#[co::coroutine]
fn early() -> impl Coroutine<(), Yield = u8, Return = ()> {
    if true {
        return "done";
    }
    yield_!(1);
}

fn main() {}
