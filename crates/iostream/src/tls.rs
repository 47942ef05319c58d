//! TLS as a transport over another. `rustls` has the protocol and does no I/O; these are the few lines that carry its
//! bytes. (The crate futures-rustls does the same for every runtime. Ours keep one promise more, which a stream with a
//! task that reads and another that writes relies on: after the handshake a read never waits for room to write, and a
//! write never waits for something to read, so each direction has one task that waits for it.)

use std::fmt;
use std::io::{self, Read, Write};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_io::{AsyncRead, AsyncWrite};
use rustls::Connection;

use crate::transport::Transport;

/// TLS over a transport: what an [`IoStream`](crate::IoStream) has after [`start_tls`](crate::IoStream::start_tls).
///
/// An end of the bytes below without TLS's own good-bye is an error (`UnexpectedEof`), not an end: somebody may have cut
/// the connection.
pub struct Tls<S> {
    // It is large, and moved when the stream opens.
    connection: Box<Connection>,
    io: S,
}

/// The transport as `std::io` knows it: what is pending would block.
struct Blocking<'a, 'cx, S> {
    io: &'a mut S,
    cx: &'a mut Context<'cx>,
}

fn or_would_block<T>(poll: Poll<io::Result<T>>) -> io::Result<T> {
    match poll {
        Poll::Ready(result) => result,
        Poll::Pending => Err(io::ErrorKind::WouldBlock.into()),
    }
}

impl<S: Transport> Read for Blocking<'_, '_, S> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        or_would_block(Pin::new(&mut *self.io).poll_read(self.cx, to))
    }
}

impl<S: Transport> Write for Blocking<'_, '_, S> {
    fn write(&mut self, from: &[u8]) -> io::Result<usize> {
        or_would_block(Pin::new(&mut *self.io).poll_write(self.cx, from))
    }

    fn write_vectored(&mut self, from: &[io::IoSlice<'_>]) -> io::Result<usize> {
        or_would_block(Pin::new(&mut *self.io).poll_write_vectored(self.cx, from))
    }

    fn flush(&mut self) -> io::Result<()> {
        or_would_block(Pin::new(&mut *self.io).poll_flush(self.cx))
    }
}

/// Calls again what was interrupted; what would block is pending.
fn poll_io<T>(mut call: impl FnMut() -> io::Result<T>) -> Poll<io::Result<T>> {
    loop {
        match call() {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Poll::Pending,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return Poll::Ready(result),
        }
    }
}

impl<S: Transport> Tls<S> {
    /// TLS whose handshake is still to be done.
    pub(crate) fn new(connection: Connection, io: S) -> Self {
        Self {
            connection: Box::new(connection),
            io,
        }
    }

    /// Agrees with the peer; ready when that is done, and all that was to be said for it is with the kernel.
    pub(crate) fn poll_handshake(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            ready!(self.poll_send(cx))?;
            if !self.connection.is_handshaking() {
                return Poll::Ready(Ok(()));
            }
            // It wants nothing more, and is not done: the peer has said good-bye.
            let over = !self.connection.wants_read();
            if over || ready!(self.poll_receive(cx))? == 0 {
                return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into()));
            }
        }
    }

    /// What is below and can tell addresses, set options.
    pub fn get_ref(&self) -> &S {
        &self.io
    }

    /// What was agreed upon: the protocol, its version, the peer's certificates.
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Reads some records; gives how many bytes came, none at the end.
    fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let Self { connection, io } = self;
        let mut below = Blocking { io, cx };
        let length = ready!(poll_io(|| connection.read_tls(&mut below)))?;
        if let Err(error) = connection.process_new_packets() {
            // Tells the peer why, if that fits; the error is what counts.
            let _ = connection.write_tls(&mut below);
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, error)));
        }
        Poll::Ready(Ok(length))
    }

    /// Writes all records that are waiting; ready when none is.
    fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Self { connection, io } = self;
        let mut below = Blocking { io, cx };
        while connection.wants_write() {
            if ready!(poll_io(|| connection.write_tls(&mut below)))? == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
        }
        poll_io(|| below.flush())
    }
}

impl<S: Transport> AsyncRead for Tls<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        to: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        loop {
            match self.connection.reader().read(to) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                result => return Poll::Ready(result),
            }
            ready!(self.poll_receive(cx))?;
        }
    }
}

impl<S: Transport> AsyncWrite for Tls<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        from: &[u8],
    ) -> Poll<io::Result<usize>> {
        // First what was taken before, so that no more than one write is ever held here.
        ready!(self.poll_send(cx))?;
        let length = self.connection.writer().write(from)?;
        // It is taken: whether it goes out now or later, `poll_flush` says.
        match self.poll_send(cx) {
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            _ => Poll::Ready(Ok(length)),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_send(cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.connection.send_close_notify();
        ready!(self.poll_send(cx))?;
        Pin::new(&mut self.io).poll_close(cx)
    }
}

impl<S> fmt::Debug for Tls<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls")
            .field("version", &self.connection.protocol_version())
            .finish_non_exhaustive()
    }
}
