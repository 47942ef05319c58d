//! FA06: a value that must stay on its thread is held over a yield, so the coroutine must stay
//! too. rustc names the value and the yield it is held over.

use co::Coroutine;

use std::rc::Rc;

#[co::coroutine]
fn count() -> impl Coroutine<(), Yield = u8, Return = ()> {
    let shared = Rc::new(1);
    yield_!(1);
    drop(shared);
}

#[co::coroutine]
fn argument(shared: Rc<u8>) -> impl Coroutine<(), Yield = u8, Return = ()> {
    yield_!(*shared);
}

fn main() {
    let counting = count();
    std::thread::spawn(move || drop(counting));
    let argument = argument(Rc::new(1));
    std::thread::spawn(move || drop(argument));
}
