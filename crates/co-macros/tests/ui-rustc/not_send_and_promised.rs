//! FA06: the signature promises `Send`, and the body breaks the promise.

use co::Coroutine;

use std::rc::Rc;

#[co::coroutine]
fn count() -> impl Coroutine<(), Yield = u8, Return = ()> + Send {
    let shared = Rc::new(1);
    yield_!(*shared);
    drop(shared);
}

fn main() {}
