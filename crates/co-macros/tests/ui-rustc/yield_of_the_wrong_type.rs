//! A value that is not what the signature says (E0308): at the value itself.

use co::Coroutine;

#[co::coroutine]
fn count() -> impl Coroutine<(), Yield = u8, Return = ()> {
    yield_!("one");
}

fn main() {}
