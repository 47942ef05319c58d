use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::error::Error;
use crate::state::Place;
use crate::stream::IoStream;
use crate::transport::Transport;

/// A write to an [`IoStream`], which is done already or queued: gives `Ok` when all its bytes, and all before them, are
/// with the kernel. That does not mean that the peer has them.
///
/// To await it is backpressure: who goes on before that fills the write buffer. Dropped, it changes nothing about the
/// bytes.
#[must_use = "the bytes go out, too, if it is dropped; say so with `drop`, or await it for backpressure"]
pub struct Writing<S: Transport> {
    stage: Stage<S>,
}

enum Stage<S: Transport> {
    /// Waits until so many bytes are with the kernel.
    Queued {
        stream: IoStream<S>,
        target: u64,
        place: Option<Place>,
    },
    /// All of it was with the kernel at once, or it was refused.
    Over(Result<(), Error>),
}

impl<S: Transport> Writing<S> {
    pub(crate) fn begin(stream: &IoStream<S>, bytes: &[u8]) -> Self {
        let target = stream.shared.with(|state, after| {
            if state.is_closed() {
                return Err(state.closed_error());
            }
            let max = state.limits.max_write_buffer_size;
            let held = usize::try_from(state.queued - state.flushed).unwrap_or(usize::MAX);
            if !bytes.is_empty() && bytes.len() > max.saturating_sub(held) {
                return Err(Error::BufferFull {
                    max_write_buffer_size: max,
                });
            }
            state.write(bytes, after);
            Ok((state.flushed < state.queued).then_some(state.queued))
        });
        let stage = match target {
            Ok(Some(target)) => Stage::Queued {
                stream: stream.clone(),
                target,
                place: None,
            },
            Ok(None) => Stage::Over(Ok(())),
            Err(error) => Stage::Over(Err(error)),
        };
        Self { stage }
    }
}

// Nothing in it is ever pinned.
impl<S: Transport> Unpin for Writing<S> {}

impl<S: Transport> Future for Writing<S> {
    type Output = Result<(), Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let (stream, target, place) = match &mut self.stage {
            Stage::Over(result) => return Poll::Ready(result.clone()),
            Stage::Queued {
                stream,
                target,
                place,
            } => (stream, *target, place),
        };
        let result = stream.shared.with(|state, after| {
            if state.flushed >= target {
                return Some(Ok(()));
            }
            if state.is_closed() {
                return Some(Err(state.closed_error()));
            }
            let waker = place.and_then(|place| state.writers.waker(place));
            match waker {
                None => *place = Some(state.writers.wait(target, cx.waker().clone())),
                Some(waker) if waker.will_wake(cx.waker()) => {}
                Some(waker) => {
                    let newest = cx.waker().clone();
                    after.drops.push(std::mem::replace(waker, newest));
                }
            }
            None
        });
        match result {
            None => Poll::Pending,
            Some(result) => {
                self.stage = Stage::Over(result.clone());
                Poll::Ready(result)
            }
        }
    }
}

impl<S: Transport> Drop for Writing<S> {
    fn drop(&mut self) {
        if let Stage::Queued {
            stream,
            place: Some(place),
            ..
        } = &self.stage
        {
            stream.shared.with(|state, after| {
                after.drops.extend(state.writers.leave(*place));
            });
        }
    }
}

impl<S: Transport> fmt::Debug for Writing<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Writing")
    }
}
