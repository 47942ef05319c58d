//! The task that each stream has: it opens the transport, writes what is queued, notices that the peer closed when
//! nobody reads, and calls the close callback.

use std::future::poll_fn;
use std::io;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use crate::error::Cause;
use crate::shared::Shared;
use crate::state::{Opener, Phase, TRIES};
use crate::transport::Transport;

/// Closes the stream if the driver ends early: its loop is over.
struct Last<S: Transport>(Rc<Shared<S>>);

impl<S: Transport> Drop for Last<S> {
    fn drop(&mut self) {
        self.0.with(|state, after| {
            after.drops.extend(state.driver.take());
            state.close(None, after);
        });
    }
}

/// Drives an open stream to its end.
pub(crate) fn drive<S: Transport>(shared: Rc<Shared<S>>) -> impl Future<Output = ()> {
    // Made here, and not in the future, because it may be dropped before it is ever polled.
    let last = Last(shared);
    async move { poll_fn(|cx| poll(&last.0, cx)).await }
}

/// Opens a stream, and drives it to its end.
pub(crate) fn open<S, F>(shared: Rc<Shared<S>>, opening: F) -> impl Future<Output = ()>
where
    S: Transport,
    F: Future<Output = io::Result<S>>,
{
    let last = Last(shared);
    async move {
        let shared = &last.0;
        let opened = {
            let mut opening = pin!(opening);
            poll_fn(|cx| {
                let closed = shared.with(|state, after| {
                    after.leave(&mut state.driver, cx);
                    state.is_closed()
                });
                if closed {
                    return Poll::Ready(None);
                }
                opening.as_mut().poll(cx).map(Some)
            })
            .await
        };
        shared.with(|state, after| {
            match opened {
                None => return,
                Some(Err(error)) => return state.close(Some(Cause::from(error)), after),
                Some(Ok(transport)) if state.is_closed() => after.closed = Some(transport),
                Some(Ok(transport)) => state.phase = Phase::Open(transport),
            }
            after.wakes.extend(state.reader.take());
            if let Opener::Somebody(waker) = &mut state.opener {
                after.wakes.extend(waker.take());
            }
        });
        poll_fn(|cx| poll(shared, cx)).await;
    }
}

/// Ready when the stream is closed and has no handle.
fn poll<S: Transport>(shared: &Shared<S>, cx: &mut Context<'_>) -> Poll<()> {
    shared.with(|state, after| {
        after.leave(&mut state.driver, cx);
        let _ = state.drain(cx, after);
        if shared.handles.get() == 0 && !state.is_writing() {
            state.close(None, after);
        }
        for _ in 0..TRIES {
            if !state.watches() || state.fill(cx, after).is_pending() {
                return;
            }
        }
        if state.watches() {
            after.wakes.push(cx.waker().clone());
        }
    });
    // It may close the stream, write, set another callback, or drop the last handle.
    while let Some(callback) = shared.with(|state, _| {
        let closed = state.is_closed();
        state.close_callback.take_if(|_| closed)
    }) {
        callback();
    }
    let over = shared.look(|state| state.is_closed()) && shared.handles.get() == 0;
    if over { Poll::Ready(()) } else { Poll::Pending }
}
