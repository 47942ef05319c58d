//! FA02: `yield_!` where the compiler computes a value.

use co::Coroutine;

#[co::coroutine]
fn count() -> impl Coroutine<(), Yield = u8, Return = ()> {
    const N: u8 = yield_!(1);
    static S: u8 = yield_!(1);
    let block = const { yield_!(1) };
    let length = [0; yield_!(1)];
    let array: [u8; yield_!(1)] = [];
    let generic = id::<{ yield_!(1) }>();

    enum Local {
        A = yield_!(1),
    }

    impl Local {
        const C: u8 = yield_!(1);
    }

    trait Steps {
        const D: u8 = yield_!(1);
    }
}

fn main() {}
