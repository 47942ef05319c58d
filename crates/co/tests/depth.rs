//! FB08: coroutines nested by hand use the stack, level for level, and there is a depth that is safe.

use std::pin::Pin;
use std::thread;

use co::{Coroutine, CoroutineState, Yielder};

/// What one level may cost, in bytes, in a build without optimisation; README.md promises it.
const BYTES_A_LEVEL: usize = 2048;

type Nested = Pin<Box<dyn Coroutine<(), Yield = usize, Return = usize>>>;

/// Yields the address of a local of its innermost level, and returns the number of levels.
fn nested(depth: usize) -> Nested {
    Box::pin(co::from_async(move |y: Yielder<usize, ()>| async move {
        if depth == 0 {
            y.yield_(stack_position()).await;
            return 0;
        }
        let mut inner = nested(depth - 1);
        let mut state = inner.as_mut().start();
        loop {
            match state {
                CoroutineState::Yielded(value) => {
                    y.yield_(value).await;
                    state = inner.as_mut().resume(());
                }
                CoroutineState::Complete(levels) => return levels + 1,
            }
        }
    }))
}

#[inline(never)]
fn stack_position() -> usize {
    let here = 0u8;
    std::ptr::from_ref(&here).addr()
}

#[test]
fn fb08_a_thousand_levels_fit_in_a_stack_of_two_mebibytes() {
    let depth = if cfg!(miri) { 20 } else { 1000 };
    thread::Builder::new()
        .stack_size(2 * 1024 * 1024)
        .spawn(move || {
            let mut c = nested(depth);
            let outside = stack_position();
            let CoroutineState::Yielded(inside) = c.as_mut().start() else {
                panic!("no yield");
            };
            if !cfg!(miri) {
                let a_level = outside.abs_diff(inside) / depth;
                assert!(a_level <= BYTES_A_LEVEL, "{a_level} bytes a level");
            }
            assert_eq!(c.as_mut().resume(()), CoroutineState::Complete(depth));
        })
        .unwrap()
        .join()
        .unwrap();
}

/// One after another they cost nothing: the limit is on depth alone.
#[test]
fn fb08_a_hundred_thousand_coroutines_one_after_another_need_no_depth() {
    let times = if cfg!(miri) { 100 } else { 100_000 };
    let mut c = Box::pin(co::from_async(|y: Yielder<usize, ()>| async move {
        for _ in 0..times {
            let mut inner = std::pin::pin!(co::from_async(|y: Yielder<usize, ()>| async move {
                y.yield_(1).await;
            }));
            if let CoroutineState::Yielded(value) = inner.as_mut().start() {
                y.yield_(value).await;
            }
            let _ = inner.as_mut().resume(());
        }
    }));
    let mut sum = 0;
    let mut state = c.as_mut().start();
    while let CoroutineState::Yielded(value) = state {
        sum += value;
        state = c.as_mut().resume(());
    }
    assert_eq!(sum, times);
}
