//! What streams of bytes have in common.

use std::io;
use std::net::Shutdown;

/// Reads and writes `&$stream`, and `$stream`, through its field `io`, a [`Source`] of something that implements
/// `Read` and `Write` by reference.
macro_rules! reads_and_writes {
    ($stream:ty, $close:ident) => {
        crate::stream::reads!(&$stream);
        crate::stream::reads!($stream);
        crate::stream::writes!(&$stream, $close);
        crate::stream::writes!($stream, $close);
    };
}

macro_rules! reads {
    ($stream:ty) => {
        impl futures_io::AsyncRead for $stream {
            #[inline]
            fn poll_read(
                self: std::pin::Pin<&mut Self>,
                cx: &mut std::task::Context<'_>,
                buf: &mut [u8],
            ) -> std::task::Poll<std::io::Result<usize>> {
                let room = buf.len();
                let mut read = |mut io: &_| std::io::Read::read(&mut io, buf);
                self.io.poll_read_bytes(cx, room, &mut read)
            }

            fn poll_read_vectored(
                self: std::pin::Pin<&mut Self>,
                cx: &mut std::task::Context<'_>,
                bufs: &mut [std::io::IoSliceMut<'_>],
            ) -> std::task::Poll<std::io::Result<usize>> {
                let room = bufs.iter().map(|buf| buf.len()).sum();
                let mut read = |mut io: &_| std::io::Read::read_vectored(&mut io, bufs);
                self.io.poll_read_bytes(cx, room, &mut read)
            }
        }
    };
}

macro_rules! writes {
    ($stream:ty, $close:ident) => {
        impl futures_io::AsyncWrite for $stream {
            #[inline]
            fn poll_write(
                self: std::pin::Pin<&mut Self>,
                cx: &mut std::task::Context<'_>,
                buf: &[u8],
            ) -> std::task::Poll<std::io::Result<usize>> {
                let mut write = |mut io: &_| std::io::Write::write(&mut io, buf);
                self.io.poll_write_bytes(cx, buf.len(), &mut write)
            }

            fn poll_write_vectored(
                self: std::pin::Pin<&mut Self>,
                cx: &mut std::task::Context<'_>,
                bufs: &[std::io::IoSlice<'_>],
            ) -> std::task::Poll<std::io::Result<usize>> {
                let bytes = bufs.iter().map(|buf| buf.len()).sum();
                let mut write = |mut io: &_| std::io::Write::write_vectored(&mut io, bufs);
                self.io.poll_write_bytes(cx, bytes, &mut write)
            }

            /// Does nothing: what was written is with the system.
            fn poll_flush(
                self: std::pin::Pin<&mut Self>,
                _: &mut std::task::Context<'_>,
            ) -> std::task::Poll<std::io::Result<()>> {
                std::task::Poll::Ready(Ok(()))
            }

            /// For a socket: tells the peer that nothing more will come; what the peer sends can still be read. A pipe
            /// is closed by dropping it.
            fn poll_close(
                self: std::pin::Pin<&mut Self>,
                _: &mut std::task::Context<'_>,
            ) -> std::task::Poll<std::io::Result<()>> {
                std::task::Poll::Ready(crate::stream::$close(self.io.get_ref()))
            }
        }
    };
}

pub(crate) use {reads, reads_and_writes, writes};

/// Shuts down the writing side. A peer that is gone already is told nothing.
pub(crate) fn shut(socket: &impl Socket) -> io::Result<()> {
    match socket.shut() {
        Err(error) if error.kind() == io::ErrorKind::NotConnected => Ok(()),
        shut => shut,
    }
}

/// A pipe has no side to shut.
#[cfg(unix)]
pub(crate) fn stays<P>(_: &P) -> io::Result<()> {
    Ok(())
}

pub(crate) trait Socket {
    fn shut(&self) -> io::Result<()>;
}

impl Socket for mio::net::TcpStream {
    fn shut(&self) -> io::Result<()> {
        self.shutdown(Shutdown::Write)
    }
}

#[cfg(unix)]
impl Socket for mio::net::UnixStream {
    fn shut(&self) -> io::Result<()> {
        self.shutdown(Shutdown::Write)
    }
}
