//! The path wants another coroutine (E0271).

use co::Coroutine;

#[co::coroutine(start = answer)]
fn ask() {
    yield_!("one");
}

fn answer(coroutine: impl Coroutine<(), Yield = u8, Return = ()>) {
    drop(coroutine);
}

fn main() {}
