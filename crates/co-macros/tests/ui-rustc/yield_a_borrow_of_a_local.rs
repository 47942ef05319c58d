//! FA03: a borrow of the coroutine's own local cannot leave it (E0597): the caller may drop or resume the
//! coroutine while it has the borrow.

use co::Coroutine;

#[co::coroutine]
fn count() -> impl Coroutine<(), Yield = &'static str, Return = ()> {
    let text = String::from("local");
    yield_!(&text);
}

fn main() {}
