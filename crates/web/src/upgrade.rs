use std::fmt;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use bytes::{Buf, Bytes};
use futures_io::{AsyncRead, AsyncWrite, IoSlice};
use http::header::{CONNECTION, UPGRADE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Version};

use crate::Request;
use crate::connection::{Ear, Wish};
use crate::error::{HttpError, Result};
use crate::state::State;

/// What goes on with a connection after it has left HTTP.
pub(crate) type Upgrade = Box<dyn FnOnce(Upgraded) -> Pin<Box<dyn Future<Output = ()>>>>;

/// A connection that has left HTTP, to speak another protocol. See [`Reply::upgrade`](crate::Reply::upgrade).
///
/// It reads and writes by the traits of `futures-io`. The limits of HTTP do not hold for it any more: time-outs are up to
/// the protocol.
pub struct Upgraded {
    /// What the client sent before it was answered.
    early: Bytes,
    stream: Box<dyn Stream>,
    /// What the server says.
    ear: Option<Rc<Ear>>,
}

trait Stream: AsyncRead + AsyncWrite + Unpin {}

impl<S: AsyncRead + AsyncWrite + Unpin> Stream for S {}

impl Upgraded {
    pub(crate) fn new(
        early: Bytes,
        stream: impl AsyncRead + AsyncWrite + Unpin + 'static,
        ear: Option<Rc<Ear>>,
    ) -> Self {
        // Bytes that are none may still be a buffer of HTTP's.
        let early = match early.is_empty() {
            true => Bytes::new(),
            false => early,
        };
        Self {
            early,
            stream: Box::new(stream),
            ear,
        }
    }

    /// Whether the server wants it to end. If not, the task is woken when it does.
    pub(crate) fn is_told_to_end(&self, cx: &Context<'_>) -> bool {
        let ear = self.ear.as_ref();
        ear.is_some_and(|ear| ear.hear(cx) != Wish::GoOn)
    }

    /// What is left of it to give. It is not copied where it was already asked for.
    fn take_early(&mut self, buf: &mut [u8]) -> usize {
        let count = self.early.len().min(buf.len());
        self.early.copy_to_slice(&mut buf[..count]);
        if self.early.is_empty() {
            self.early = Bytes::new();
        }
        count
    }
}

impl AsyncRead for Upgraded {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        if !self.early.is_empty() {
            return Poll::Ready(Ok(self.take_early(buf)));
        }
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Upgraded {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_close(cx)
    }
}

impl fmt::Debug for Upgraded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upgraded")
            .field("early", &self.early.len())
            .finish_non_exhaustive()
    }
}

/// Whether the client has asked for `protocol`.
pub(crate) fn asked(request: &Request, protocol: &str) -> Result {
    let headers = request.headers();
    let asked = request.method() == Method::GET
        && request.version() == Version::HTTP_11
        && has_token(headers, UPGRADE, protocol)
        && has_token(headers, CONNECTION, "upgrade");
    if !asked {
        return Err(HttpError::bad_request(format!("no upgrade to {protocol}")));
    }
    Ok(())
}

pub(crate) fn begin<F>(
    state: &Rc<State>,
    protocol: &'static str,
    then: impl FnOnce(Upgraded) -> F + 'static,
) where
    F: Future<Output = ()> + 'static,
{
    state.status.set(StatusCode::SWITCHING_PROTOCOLS);
    state.set_header(UPGRADE, HeaderValue::from_static(protocol));
    state.set_header(CONNECTION, HeaderValue::from_static("Upgrade"));
    *state.upgrade.borrow_mut() = Some(Box::new(|upgraded| Box::pin(then(upgraded))));
}

/// Whether one of the values that a header lists is `token`, in whatever case.
pub(crate) fn has_token(headers: &HeaderMap, name: HeaderName, token: &str) -> bool {
    let lines = headers.get_all(name).into_iter();
    let mut tokens = lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','));
    tokens.any(|known| known.trim().eq_ignore_ascii_case(token))
}
