//! Parentheses, two resume types, a lifetime, an associated type by another name: the macro says so,
//! and so does rustc (E0658, E0107, E0220).

use co::Coroutine;

#[co::coroutine]
fn parentheses() -> impl Coroutine(u8) -> u8 {
    yield_!(1);
}

#[co::coroutine]
fn resumes() -> impl Coroutine<u8, u8, Yield = u8, Return = ()> {
    yield_!(1);
}

#[co::coroutine]
fn lifetime() -> impl Coroutine<'static, Yield = u8, Return = ()> {
    yield_!(1);
}

#[co::coroutine]
fn renamed() -> impl Coroutine<u8, Yield = u8, Output = ()> {
    yield_!(1);
}

fn main() {}
