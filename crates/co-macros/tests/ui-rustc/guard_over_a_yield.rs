//! FA06: a lock held over a yield.

use co::Coroutine;

use std::sync::Mutex;

#[co::coroutine(start = send)]
fn count(numbers: Mutex<u8>) {
    let guard = numbers.lock().unwrap();
    yield_!(*guard);
    drop(guard);
}

fn send(coroutine: impl Coroutine<(), Yield = u8, Return = ()> + Send) {
    drop(coroutine);
}

fn main() {}
