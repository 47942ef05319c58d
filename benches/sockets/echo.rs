//! The work: what was read is written back.

use std::cell::Cell;
use std::future::poll_fn;
use std::task::{Poll, Waker};

/// Bytes of a message. A read that gets one gets less than it has room for: so nobody has to ask whether there is more.
pub(crate) const MESSAGE: usize = 64;

/// Bytes of the buffer that each connection has.
pub(crate) const BUFFER: usize = 1024;

thread_local! {
    static LEFT: Cell<usize> = const { Cell::new(0) };
    static WAITS: Cell<Option<Waker>> = const { Cell::new(None) };
}

/// So many messages are to be echoed from now on.
pub(crate) fn begin(messages: u64) {
    LEFT.set(messages as usize * MESSAGE);
}

/// So many bytes were echoed.
#[inline]
pub(crate) fn echoed(bytes: usize) {
    let left = LEFT.get() - bytes;
    LEFT.set(left);
    if left == 0
        && let Some(waker) = WAITS.take()
    {
        waker.wake();
    }
}

pub(crate) fn is_over() -> bool {
    LEFT.get() == 0
}

/// Waits until all is echoed.
pub(crate) async fn over() {
    poll_fn(|cx| {
        if is_over() {
            return Poll::Ready(());
        }
        WAITS.set(Some(cx.waker().clone()));
        Poll::Pending
    })
    .await;
}

/// Echoes until the end of the connection, by whichever traits of reading and writing are in scope. The stream stays where
/// the task has it: one that is moved would have two places in the task.
macro_rules! echo {
    ($stream:ident) => {{
        let mut buffer = [0; $crate::echo::BUFFER];
        while let Ok(length @ 1..) = $stream.read(&mut buffer).await {
            if $stream.write_all(&buffer[..length]).await.is_err() {
                break;
            }
            $crate::echo::echoed(length);
        }
    }};
}

pub(crate) use echo;
