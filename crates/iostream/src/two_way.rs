use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_io::{AsyncRead, AsyncWrite};

use crate::stream::IoStream;

/// A transport of two that go one way each: the pipes from and to a child, one end of a pipe and [`Nothing`].
#[derive(Debug)]
pub struct TwoWay<R, W> {
    reader: R,
    writer: W,
}

/// The way that is not there: nothing ever comes from it, and a write is an error.
pub struct Nothing;

impl<R, W> IoStream<TwoWay<R, W>>
where
    R: AsyncRead + Unpin + 'static,
    W: AsyncWrite + Unpin + 'static,
{
    /// A stream that reads from the one and writes to the other: a child's output and its input.
    ///
    /// # Panics
    ///
    /// As [`new`](IoStream::new).
    #[track_caller]
    pub fn two_way(reader: R, writer: W) -> Self {
        Self::new(TwoWay { reader, writer })
    }
}

impl<R: AsyncRead + Unpin + 'static> IoStream<TwoWay<R, Nothing>> {
    /// A stream that only reads: from the one end of a pipe. Tornado's `PipeIOStream`. A write closes it.
    ///
    /// # Panics
    ///
    /// As [`new`](IoStream::new).
    #[track_caller]
    pub fn reader(reader: R) -> Self {
        Self::two_way(reader, Nothing)
    }
}

impl<W: AsyncWrite + Unpin + 'static> IoStream<TwoWay<Nothing, W>> {
    /// A stream that only writes: to the one end of a pipe. Tornado's `PipeIOStream`. A read waits until the stream
    /// closes; that nobody reads at the other end is noticed by a write.
    ///
    /// # Panics
    ///
    /// As [`new`](IoStream::new).
    #[track_caller]
    pub fn writer(writer: W) -> Self {
        Self::two_way(Nothing, writer)
    }
}

impl<R: AsyncRead + Unpin, W: Unpin> AsyncRead for TwoWay<R, W> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        to: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.reader).poll_read(cx, to)
    }
}

impl<R: Unpin, W: AsyncWrite + Unpin> AsyncWrite for TwoWay<R, W> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        from: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.writer).poll_write(cx, from)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.writer).poll_flush(cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.writer).poll_close(cx)
    }
}

impl AsyncRead for Nothing {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        _: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        Poll::Pending
    }
}

impl AsyncWrite for Nothing {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, _: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(Err(io::ErrorKind::Unsupported.into()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl fmt::Debug for Nothing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Nothing")
    }
}
