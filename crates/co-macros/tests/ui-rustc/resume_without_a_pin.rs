//! FA03: a coroutine may hold borrows of itself over a yield, so it must be pinned before it is
//! resumed (E0277).

use co::Coroutine;

use std::pin::Pin;

#[co::coroutine]
fn count() -> impl Coroutine<(), Yield = u8, Return = ()> {
    let text = String::from("local");
    let borrow = &text;
    yield_!(1);
    drop(borrow.len());
}

fn main() {
    let mut counting = count();
    let _ = Pin::new(&mut counting).start();
}
