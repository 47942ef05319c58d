//! A start, a resume, an end.
use std::pin::pin;

use co::{Coroutine, CoroutineState};

#[test]
fn values_go_in_and_come_out() {
    let mut c = pin!(co::from_async(|y| async move {
        let a: u32 = y.yield_(1u8).await;
        let b = y.yield_(2).await;
        a + b
    }));
    assert_eq!(c.as_mut().start(), CoroutineState::Yielded(1));
    assert_eq!(c.as_mut().resume(10), CoroutineState::Yielded(2));
    assert_eq!(c.as_mut().resume(20), CoroutineState::Complete(30));
}
