use std::fmt;
use std::future::poll_fn;
use std::task::{Context, Poll, ready};

use crate::error::Error;
use crate::read::Turn;
use crate::search::Search;
use crate::stream::IoStream;
use crate::transport::Transport;

/// A read that gives its bytes in pieces, as they come. Made by
/// [`read_bytes_streaming`](IoStream::read_bytes_streaming) and
/// [`read_until_close_streaming`](IoStream::read_until_close_streaming); Tornado's `streaming_callback`.
///
/// While it lives, no other read can begin. Dropped before its end it leaves what it has not given for the next read.
#[must_use = "it reads when `next` is awaited"]
pub struct Streaming<S: Transport> {
    /// None when it is over.
    turn: Option<Turn<S>>,
    /// So many bytes are still to come; None until the stream closes.
    left: Option<usize>,
    refused: bool,
}

impl<S: Transport> Streaming<S> {
    pub(crate) fn begin(stream: &IoStream<S>, left: Option<usize>) -> Self {
        let turn = Turn::begin(stream);
        let refused = turn.is_none();
        Self {
            turn,
            left,
            refused,
        }
    }

    /// The next piece, which is not empty; `None` when the read has come to its end, and from then on.
    ///
    /// Dropped before its end, it takes no byte with it.
    ///
    /// # Errors
    ///
    /// [`Error::Closed`] if the stream closes before all bytes have come, or, for one that reads until it closes, if it
    /// closes for a cause; [`Error::AlreadyReading`] if there was another read when this one was asked for. After an
    /// error, `None`.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, Error> {
        poll_fn(|cx| self.poll_next(cx)).await
    }

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Vec<u8>>, Error>> {
        if std::mem::take(&mut self.refused) {
            return Poll::Ready(Err(Error::AlreadyReading));
        }
        let Some(turn) = self.turn.as_ref().filter(|_| self.left != Some(0)) else {
            self.turn = None;
            return Poll::Ready(Ok(None));
        };
        let mut search = Search::at_most(self.left.unwrap_or(usize::MAX));
        match ready!(turn.poll(&mut search, cx)) {
            Ok(piece) => {
                if let Some(left) = &mut self.left {
                    *left -= piece.len();
                    if *left == 0 {
                        self.turn = None;
                    }
                }
                Poll::Ready(Ok(Some(piece)))
            }
            Err(error) => {
                self.turn = None;
                if self.left.is_none() && matches!(error, Error::Closed(None)) {
                    return Poll::Ready(Ok(None));
                }
                Poll::Ready(Err(error))
            }
        }
    }
}

impl<S: Transport> fmt::Debug for Streaming<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Streaming")
            .field("left", &self.left)
            .finish_non_exhaustive()
    }
}
