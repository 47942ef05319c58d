//! `yield_!` in the arguments of other macros, and functions that other macros write (FA02).

mod drive;

use co::{Coroutine, CoroutineState};
use drive::to_end;
use std::pin::pin;

#[co::coroutine]
fn arguments() -> impl Coroutine<u8, Yield = u8, Return = Vec<String>> {
    let mut said = vec![format!("{}", yield_!(1))];
    said.push(format!("{a} {b}", a = yield_!(2), b = yield_!(3)));
    assert_eq!(yield_!(4), 40, "said {said:?}");
    assert!(matches!(yield_!(5), 50));
    said.extend(vec![yield_!(6).to_string(); 2]);
    said.push(yield_!(yield_!(7)).to_string());
    said
}

#[test]
fn inside_macros_of_std_and_inside_itself() {
    let mut coroutine = pin!(arguments());
    let mut yielded = Vec::new();
    let mut state = coroutine.as_mut().start();
    let said = loop {
        match state {
            CoroutineState::Yielded(value) => {
                yielded.push(value);
                state = coroutine.as_mut().resume(value.wrapping_mul(10));
            }
            CoroutineState::Complete(said) => break said,
        }
    };
    assert_eq!(yielded, [1, 2, 3, 4, 5, 6, 7, 70]);
    assert_eq!(said, ["10", "20 30", "60", "60", "188"]);
}

#[co::coroutine]
fn through_a_macro() -> impl Coroutine<(), Yield = u8, Return = ()> {
    macro_rules! thrice {
        ($value:expr) => {
            for _ in 0..3 {
                yield_!($value)
            }
        };
    }
    thrice!(1);
}

#[test]
fn a_macro_of_the_body_may_yield() {
    assert_eq!(to_end(through_a_macro()).0, [1, 1, 1]);
}

macro_rules! request {
    ($name:ident, $item:ty, $body:block) => {
        #[co::coroutine]
        fn $name() -> impl Coroutine<(), Yield = $item, Return = ()> $body
    };
}

request!(written_by_a_macro, u8, {
    yield_!(1);
    yield_!(2);
});

macro_rules! whole {
    ($name:ident) => {
        #[co::coroutine]
        fn $name(n: u8) -> impl Coroutine<(), Yield = u8, Return = u8> {
            yield_!(n);
            n
        }
    };
}

whole!(written_whole_by_a_macro);

#[test]
fn a_macro_may_write_the_function_around_a_body_or_all_of_it() {
    assert_eq!(to_end(written_by_a_macro()).0, [1, 2]);
    assert_eq!(to_end(written_whole_by_a_macro(3)), (vec![3], 3));
}
