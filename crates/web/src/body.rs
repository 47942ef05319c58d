//! The body of a request, piece by piece.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;

use bytes::Bytes;
use hyper::body::{Body as _, Incoming};

use crate::error::{HttpError, Result};
use crate::state::State;

/// The next piece. While it is not there the peer is being waited for.
pub(crate) async fn next(incoming: &mut Incoming, state: &State) -> Result<Option<Bytes>> {
    let (watch, request) = (&state.connection.watch, state.number);
    let next = poll_fn(|cx| {
        loop {
            let Poll::Ready(frame) = Pin::new(&mut *incoming).poll_frame(cx) else {
                watch.awaits_body(request, true);
                return Poll::Pending;
            };
            watch.awaits_body(request, false);
            return Poll::Ready(match frame {
                None => Ok(None),
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) if !data.is_empty() => Ok(Some(data)),
                    // Trailers: nobody asks for them.
                    _ => continue,
                },
                Some(Err(error)) => Err(error),
            });
        }
    });
    next.await
        .map_err(|error| HttpError::bad_request(error.to_string()))
}
