//! The work: what was read is written back.

use std::future::poll_fn;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;

use futures::task::AtomicWaker;

/// Bytes of a message. A read that gets one gets less than it has room for: so nobody has to ask whether there is more.
pub(crate) const MESSAGE: usize = 64;

/// Bytes of the buffer that each connection has.
pub(crate) const BUFFER: usize = 1024;

/// How many bytes are still to be echoed, by whichever threads.
static LEFT: AtomicUsize = AtomicUsize::new(0);

/// Who waits until there are none.
static WAITS: AtomicWaker = AtomicWaker::new();

/// So many messages are to be echoed from now on.
pub(crate) fn begin(messages: u64) {
    LEFT.store(messages as usize * MESSAGE, Ordering::Release);
}

/// So many bytes were echoed.
#[inline]
pub(crate) fn echoed(bytes: usize) {
    if LEFT.fetch_sub(bytes, Ordering::AcqRel) == bytes {
        WAITS.wake();
    }
}

pub(crate) fn is_over() -> bool {
    LEFT.load(Ordering::Acquire) == 0
}

/// Waits until all is echoed.
pub(crate) async fn over() {
    poll_fn(|cx| {
        WAITS.register(cx.waker());
        if is_over() {
            return Poll::Ready(());
        }
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
