//! FA02: `yield_!` in a closure or a nested function that only another macro's tokens show. The
//! macro does not look there; rustc does: `yield_!` holds an `.await` (E0728) of a local variable
//! (E0434).

use co::Coroutine;

macro_rules! run {
    ($($body:tt)*) => {
        $($body)*
    };
}

#[co::coroutine]
fn count() -> impl Coroutine<(), Yield = u8, Return = ()> {
    run! {
        let closure = || yield_!(1);
        fn nested() {
            yield_!(1);
        }
    }
}

fn main() {}
