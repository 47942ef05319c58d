//! hyper reads and writes by traits of its own: the way there from those of `futures-io`.

use std::cell::RefCell;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use futures_io::{AsyncRead, AsyncWrite, IoSlice};
use hyper::rt::{Read, ReadBufCursor, Write};

use crate::watch::Watch;

thread_local! {
    /// Where bytes arrive. hyper's buffer would have to be filled with zeros before each read, however few bytes come.
    static ARRIVALS: RefCell<Box<[u8]>> = RefCell::new(vec![0; 64 << 10].into());
}

/// Does `what` with a place where bytes can arrive, which they have to leave before it is over.
pub(crate) fn arrivals<T>(what: impl FnOnce(&mut [u8]) -> T) -> T {
    ARRIVALS.with_borrow_mut(|arrivals| what(arrivals))
}

/// A stream, for hyper; with a watch where somebody wants to know what it does.
pub(crate) struct Io<S> {
    stream: S,
    watch: Option<Rc<Watch>>,
}

impl<S> Io<S> {
    pub(crate) fn new(stream: S, watch: Option<Rc<Watch>>) -> Self {
        Self { stream, watch }
    }

    pub(crate) fn into_inner(self) -> S {
        self.stream
    }

    fn has_written<T>(&self, written: &Poll<T>) {
        if let Some(watch) = &self.watch {
            watch.writes(written.is_pending());
        }
    }
}

impl<S: AsyncRead + Unpin> Read for Io<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        mut buf: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        arrivals(|arrivals| {
            let room = buf.remaining().min(arrivals.len());
            let room = &mut arrivals[..room];
            let count = ready!(Pin::new(&mut self.stream).poll_read(cx, room))?;
            buf.put_slice(&room[..count]);
            if count > 0
                && let Some(watch) = &self.watch
            {
                watch.has_read();
            }
            Poll::Ready(Ok(()))
        })
    }
}

impl<S: AsyncWrite + Unpin> Write for Io<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.has_written(&written);
        written
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.has_written(&written);
        written
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(cx);
        if flushed.is_pending() {
            self.has_written(&flushed);
        }
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_close(cx)
    }
}
