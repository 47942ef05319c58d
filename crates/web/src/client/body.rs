//! Bodies: the one that is sent, and the one that comes.

use std::convert::Infallible;
use std::future::poll_fn;
use std::io::{self, Write};
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use flate2::write::MultiGzDecoder;
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use hyper::body::{Body as _, Frame, Incoming, SizeHint};

use super::FetchError;

/// What is sent, in one piece.
pub(super) struct Once(pub(super) Bytes);

impl hyper::body::Body for Once {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let bytes = std::mem::take(&mut self.0);
        Poll::Ready((!bytes.is_empty()).then(|| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.len() as u64)
    }
}

/// Reads all of a body; decompresses it, and takes that out of the headers. At most `limit` bytes come out of it, and go
/// in.
pub(super) async fn read(
    mut incoming: Incoming,
    headers: &mut HeaderMap,
    limit: u64,
) -> Result<Bytes, FetchError> {
    let encoding = headers
        .get(CONTENT_ENCODING)
        .map(|value| value.as_bytes().trim_ascii());
    let gzip = encoding.is_some_and(|coding| {
        coding.eq_ignore_ascii_case(b"gzip") || coding.eq_ignore_ascii_case(b"x-gzip")
    });
    if incoming.size_hint().lower() > limit {
        return Err(FetchError::TooLarge);
    }
    let mut into = Into::new(gzip && !incoming.is_end_stream(), limit);
    let mut came = 0;
    while let Some(frame) = poll_fn(|cx| Pin::new(&mut incoming).poll_frame(cx)).await {
        // What is no data are trailers: nobody asks for them.
        if let Ok(data) = frame?.into_data() {
            came += data.len() as u64;
            if came > limit {
                return Err(FetchError::TooLarge);
            }
            into.take(data)?;
        }
    }
    if gzip {
        headers.remove(CONTENT_ENCODING);
        headers.remove(CONTENT_LENGTH);
    }
    into.finish()
}

/// Where a body goes.
enum Into {
    /// One piece is not copied.
    Piece(Bytes),
    Plain(Limited),
    Gzip(Box<MultiGzDecoder<Limited>>),
}

impl Into {
    fn new(gzip: bool, limit: u64) -> Self {
        let limited = Limited {
            bytes: Vec::new(),
            limit,
            over: false,
        };
        match gzip {
            true => Into::Gzip(Box::new(MultiGzDecoder::new(limited))),
            false => Into::Plain(limited),
        }
    }

    fn take(&mut self, data: Bytes) -> Result<(), FetchError> {
        match self {
            Into::Plain(limited) if limited.bytes.is_empty() && !data.is_empty() => {
                *self = Into::Piece(data);
                Ok(())
            }
            Into::Piece(first) => {
                // The limit is kept by who counts what comes.
                let mut limited = Limited {
                    bytes: first.to_vec(),
                    limit: u64::MAX,
                    over: false,
                };
                limited.bytes.extend_from_slice(&data);
                *self = Into::Plain(limited);
                Ok(())
            }
            Into::Plain(limited) => {
                limited.bytes.extend_from_slice(&data);
                Ok(())
            }
            Into::Gzip(decoder) => {
                let done = decoder.write_all(&data);
                done.map_err(|error| wrong(error, decoder.get_ref()))
            }
        }
    }

    fn finish(self) -> Result<Bytes, FetchError> {
        match self {
            Into::Piece(bytes) => Ok(bytes),
            Into::Plain(limited) => Ok(limited.bytes.into()),
            Into::Gzip(mut decoder) => {
                // An end that is missing is an error.
                let ended = decoder.try_finish();
                ended.map_err(|error| wrong(error, decoder.get_ref()))?;
                let bytes = std::mem::take(&mut decoder.get_mut().bytes);
                Ok(bytes.into())
            }
        }
    }
}

fn wrong(error: io::Error, limited: &Limited) -> FetchError {
    match limited.over {
        true => FetchError::TooLarge,
        false => FetchError::Malformed(Box::new(error)),
    }
}

/// Takes so many bytes and no more.
struct Limited {
    bytes: Vec<u8>,
    limit: u64,
    over: bool,
}

impl Write for Limited {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        if (self.bytes.len() + buf.len()) as u64 > self.limit {
            self.over = true;
            return Err(io::Error::other("too large"));
        }
        self.bytes.extend_from_slice(buf);
        Ok(buf.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
