use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::error::Error;
use crate::state::{Opener, Phase};
use crate::stream::IoStream;
use crate::transport::Transport;

/// Waits until a stream is open: connected, its TLS agreed upon. Made by [`IoStream::opened`].
#[must_use = "futures do nothing unless awaited"]
pub struct Opened<S: Transport> {
    /// None if somebody else waits.
    stream: Option<IoStream<S>>,
}

impl<S: Transport> Opened<S> {
    pub(crate) fn begin(stream: &IoStream<S>) -> Self {
        let free = stream.shared.with(|state, _| {
            if !matches!(state.phase, Phase::Opening) {
                return true;
            }
            let free = matches!(state.opener, Opener::Nobody);
            if free {
                state.opener = Opener::Somebody(None);
            }
            free
        });
        Self {
            stream: free.then(|| stream.clone()),
        }
    }
}

// Nothing in it is ever pinned.
impl<S: Transport> Unpin for Opened<S> {}

impl<S: Transport> Future for Opened<S> {
    type Output = Result<(), Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(stream) = &self.stream else {
            return Poll::Ready(Err(Error::AlreadyWaiting));
        };
        stream.shared.with(|state, after| match state.phase {
            Phase::Open(_) => Poll::Ready(Ok(())),
            Phase::Closed => Poll::Ready(Err(state.closed_error())),
            Phase::Opening => {
                if let Opener::Somebody(waker) = &mut state.opener {
                    after.leave(waker, cx);
                }
                Poll::Pending
            }
        })
    }
}

impl<S: Transport> Drop for Opened<S> {
    fn drop(&mut self) {
        if let Some(stream) = &self.stream {
            stream.shared.with(|state, after| {
                let before = std::mem::replace(&mut state.opener, Opener::Nobody);
                if let Opener::Somebody(waker) = before {
                    after.drops.extend(waker);
                }
            });
        }
    }
}

impl<S: Transport> fmt::Debug for Opened<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Opened")
    }
}
