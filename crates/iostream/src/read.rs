use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::error::{Cause, Error};
use crate::search::{Found, Search};
use crate::state::{After, Phase, State, TRIES};
use crate::stream::IoStream;
use crate::transport::Transport;

/// A read of an [`IoStream`]: gives the bytes, or says why there are none.
///
/// The read begins when it is asked for, so that a second one is refused from then on; it does its work when it is
/// polled. Dropped before its end it takes no byte with it: what has come is in the buffer, for the next read.
///
/// # Panics
///
/// If it is polled again after it gave its result.
#[must_use = "futures do nothing unless awaited"]
pub struct Reading<'d, S: Transport> {
    stage: Stage<'d, S>,
}

enum Stage<'d, S: Transport> {
    Begun(Turn<S>, Search<'d>),
    Refused,
    Over,
}

/// The right to read from the stream. There is one; dropped, it is free again.
pub(crate) struct Turn<S: Transport>(IoStream<S>);

impl<S: Transport> Turn<S> {
    pub(crate) fn begin(stream: &IoStream<S>) -> Option<Self> {
        let free = stream
            .shared
            .change(|state| !std::mem::replace(&mut state.reading, true));
        free.then(|| Self(stream.clone()))
    }

    pub(crate) fn poll(
        &self,
        search: &mut Search<'_>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Vec<u8>, Error>> {
        let stream = &self.0;
        stream
            .shared
            .with(|state, after| state.read(search, cx, after))
    }
}

impl<S: Transport> Drop for Turn<S> {
    fn drop(&mut self) {
        let (reader, driver) = self.0.shared.change(|state| {
            state.reading = false;
            let watcher = state.driver.as_ref().filter(|_| state.watches());
            (state.reader.take(), watcher.cloned())
        });
        drop(reader);
        if let Some(driver) = driver {
            driver.wake();
        }
    }
}

impl<S: Transport> State<S> {
    fn read(
        &mut self,
        search: &mut Search<'_>,
        cx: &mut Context<'_>,
        after: &mut After<S>,
    ) -> Poll<Result<Vec<u8>, Error>> {
        for _ in 0..TRIES {
            // First what is there: also a closed stream has it.
            match search.look(self.input.as_slice()) {
                Found::Bytes(length) => return Poll::Ready(Ok(self.input.take(length))),
                Found::Never(max_bytes) => {
                    self.close(Some(Cause::Unsatisfiable { max_bytes }), after);
                    return Poll::Ready(Err(Error::Closed(Some(Cause::Unsatisfiable {
                        max_bytes,
                    }))));
                }
                Found::NotYet => {}
            }
            if self.is_closed() || self.ended {
                if search.is_close() && self.cause.is_none() {
                    return Poll::Ready(Ok(self.input.take(self.input.len())));
                }
                return Poll::Ready(Err(self.closed_error()));
            }
            let max = self.limits.max_buffer_size;
            if search.needs() > max || self.input.len() >= max {
                let cause = Cause::BufferFull {
                    max_buffer_size: max,
                };
                self.close(Some(cause), after);
                return Poll::Ready(Err(self.closed_error()));
            }
            if matches!(self.phase, Phase::Opening) || self.fill(cx, after).is_pending() {
                after.leave(&mut self.reader, cx);
                return Poll::Pending;
            }
        }
        // A peer who sends without end does not keep others from their turn.
        after.leave(&mut self.reader, cx);
        after.wakes.push(cx.waker().clone());
        Poll::Pending
    }
}

impl<'d, S: Transport> Reading<'d, S> {
    pub(crate) fn begin(stream: &IoStream<S>, search: Search<'d>) -> Self {
        let stage = match Turn::begin(stream) {
            Some(turn) => Stage::Begun(turn, search),
            None => Stage::Refused,
        };
        Self { stage }
    }
}

// Nothing in it is ever pinned.
impl<S: Transport> Unpin for Reading<'_, S> {}

impl<S: Transport> Future for Reading<'_, S> {
    type Output = Result<Vec<u8>, Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let result = match &mut self.stage {
            Stage::Begun(turn, search) => std::task::ready!(turn.poll(search, cx)),
            Stage::Refused => Err(Error::AlreadyReading),
            Stage::Over => panic!("a Reading was polled after it gave its result"),
        };
        self.stage = Stage::Over;
        Poll::Ready(result)
    }
}

impl<S: Transport> fmt::Debug for Reading<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Reading")
    }
}
