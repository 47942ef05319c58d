//! A coroutine that holds itself would be infinitely large (E0733): `Box::pin` the inner one.

use co::Coroutine;

#[co::coroutine]
fn count(n: u8) -> impl Coroutine<(), Yield = u8, Return = ()> {
    if n > 0 {
        let mut inner = std::pin::pin!(count(n - 1));
        let _ = inner.as_mut().start();
        yield_!(n);
        let _ = inner.as_mut().resume(());
    }
}

fn main() {}
