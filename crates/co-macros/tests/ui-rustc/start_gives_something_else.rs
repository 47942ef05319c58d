//! The path returns something else than the signature says (E0308).

use co::Coroutine;

#[co::coroutine(start = answer)]
fn ask() -> String {
    yield_!(1);
}

fn answer(coroutine: impl Coroutine<(), Yield = u8, Return = ()>) {
    drop(coroutine);
}

fn main() {}
