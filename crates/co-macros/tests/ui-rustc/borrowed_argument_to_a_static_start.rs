//! A borrowed argument, and a `start` that keeps the coroutine for longer: it needs owned arguments.

use co::Coroutine;

#[co::coroutine(start = keep)]
fn count(text: &str) {
    yield_!(text.len());
}

fn keep(coroutine: impl Coroutine<(), Yield = usize, Return = ()> + 'static) {
    drop(coroutine);
}

fn main() {}
