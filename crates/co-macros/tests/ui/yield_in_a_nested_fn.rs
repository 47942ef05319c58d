//! FA02: `yield_!` in a nested function, a method of a nested impl, a default of a nested trait.

use co::Coroutine;

#[co::coroutine]
fn count() -> impl Coroutine<(), Yield = u8, Return = ()> {
    fn nested() {
        yield_!(1);
    }

    struct Local;

    impl Local {
        fn method() {
            yield_!(1);
        }
    }

    trait Steps {
        fn step() {
            yield_!(1);
        }
    }

    yield_!(1);
}

fn main() {}
