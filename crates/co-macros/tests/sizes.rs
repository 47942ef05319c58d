//! A coroutine is as large as what it holds, plus at most 32 bytes: nothing is kept twice.

use co::Coroutine;

const ARGUMENT: usize = 1024;
const OVERHEAD: usize = 32;

type Large = [u8; ARGUMENT];

#[co::coroutine]
fn one(large: Large) -> impl Coroutine<(), Yield = u8, Return = usize> {
    yield_!(large[0]);
    yield_!(large[1]);
    large.len()
}

#[co::coroutine]
fn unused(_large: Large, _: Large) -> impl Coroutine<(), Yield = u8, Return = ()> {
    yield_!(1);
}

#[co::coroutine]
fn changed(mut large: Large) -> impl Coroutine<(), Yield = u8, Return = Large> {
    large[0] += 1;
    yield_!(large[0]);
    large
}

#[co::coroutine]
fn pattern((left, right): (Large, Large)) -> impl Coroutine<(), Yield = u8, Return = u8> {
    yield_!(left[0]);
    right[0]
}

#[co::coroutine]
fn moved(large: Box<Large>) -> impl Coroutine<(), Yield = Box<Large>, Return = ()> {
    yield_!(large);
}

#[co::coroutine]
fn yields_large() -> impl Coroutine<(), Yield = Large, Return = ()> {
    yield_!([1; ARGUMENT]);
    yield_!([2; ARGUMENT]);
}

#[co::coroutine]
fn returns_large() -> impl Coroutine<(), Yield = (), Return = Result<Large, Large>> {
    yield_!();
    Err([1; ARGUMENT])?;
    Ok([2; ARGUMENT])
}

#[track_caller]
fn at_most(held: usize, coroutine: &impl Coroutine) {
    let size = size_of_val(coroutine);
    assert!(size <= held + OVERHEAD, "{size} bytes for {held} held");
}

#[test]
fn a_large_argument_is_kept_once() {
    at_most(ARGUMENT, &one([0; ARGUMENT]));
    at_most(2 * ARGUMENT, &unused([0; ARGUMENT], [0; ARGUMENT]));
    at_most(ARGUMENT, &changed([0; ARGUMENT]));
    at_most(2 * ARGUMENT, &pattern(([0; ARGUMENT], [0; ARGUMENT])));
    at_most(2 * size_of::<usize>(), &moved(Box::new([0; ARGUMENT])));
}

#[test]
fn a_large_yield_is_kept_once_and_a_large_result_not_at_all() {
    at_most(ARGUMENT, &yields_large());
    at_most(0, &returns_large());
}

/// The same by hand: what the test above would catch. Each binding of its own doubles the frame.
#[test]
fn an_argument_bound_again_is_kept_twice() {
    let large = [0u8; ARGUMENT];
    let rebound = co::from_async::<u8, (), _>(move |yielder| async move {
        let large = large;
        yielder.yield_(large[0]).await;
        large.len()
    });
    assert!(size_of_val(&rebound) > 2 * ARGUMENT);
}
