//! What only Unix has: its sockets, and pipes.

use std::fmt;
use std::future::poll_fn;
use std::io;
use std::net::Shutdown;
use std::os::fd::OwnedFd;
use std::os::unix::net as std_net;
use std::path::Path;
use std::task::{Context, Poll};

use mio::Interest;
use mio::unix::pipe as mio_pipe;
use reactor::{Source, SourceId};

use crate::stream::{reads, reads_and_writes, writes};
use crate::tcp::BackOff;

/// A connection of the Unix domain: a [`TcpStream`](crate::TcpStream) within one machine. On Unix only.
///
/// ```
/// use futures::io::{AsyncReadExt, AsyncWriteExt};
/// use ioloop::{UnixStream, block_on};
///
/// # if cfg!(miri) { return Ok(()) } // it has no Unix sockets
/// block_on(async {
///     let (mut one, mut other) = UnixStream::pair()?;
///     one.write_all(b"hello").await?;
///     let mut bytes = [0; 5];
///     other.read_exact(&mut bytes).await?;
///     assert_eq!(&bytes, b"hello");
/// #   Ok::<(), std::io::Error>(())
/// })?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct UnixStream {
    io: Source<mio::net::UnixStream>,
}

impl UnixStream {
    /// Connects to the socket at `path`.
    ///
    /// # Errors
    ///
    /// What the system says; `WouldBlock` if too many wait to be accepted there. [`Elsewhere`](crate::Elsewhere) outside
    /// a loop.
    pub async fn connect(path: impl AsRef<Path>) -> io::Result<Self> {
        let io = Source::new(mio::net::UnixStream::connect(path)?)?;
        poll_fn(|cx| {
            io.poll_write_with(cx, |stream| {
                if let Some(error) = stream.take_error()? {
                    return Err(error);
                }
                match stream.peer_addr() {
                    Ok(_) => Ok(()),
                    Err(error) if error.kind() == io::ErrorKind::NotConnected => {
                        Err(io::ErrorKind::WouldBlock.into())
                    }
                    Err(error) => Err(error),
                }
            })
        })
        .await?;
        Ok(Self { io })
    }

    /// Two that are connected to each other.
    ///
    /// # Errors
    ///
    /// As [`from_std`](Self::from_std).
    pub fn pair() -> io::Result<(Self, Self)> {
        let (one, other) = std_net::UnixStream::pair()?;
        Ok((Self::from_std(one)?, Self::from_std(other)?))
    }

    /// Takes a connection of the standard library, and sets it not to block: also its duplicates.
    ///
    /// # Errors
    ///
    /// What the system says. [`Elsewhere`](crate::Elsewhere) outside a loop.
    pub fn from_std(stream: std_net::UnixStream) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        let io = Source::new(mio::net::UnixStream::from_std(stream))?;
        Ok(Self { io })
    }

    /// Ends reading, writing, or both; whoever waits for it is woken.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        self.io.get_ref().shutdown(how)
    }

    /// Its name in what is [recorded](crate::IoLoop::record) and [steered](crate::IoLoop::steer).
    pub fn id(&self) -> SourceId {
        self.io.id()
    }
}

reads_and_writes!(UnixStream, shut);

impl fmt::Debug for UnixStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("UnixStream")
            .field(self.io.get_ref())
            .finish()
    }
}

/// Waits for connections of the Unix domain. On Unix only.
pub struct UnixListener {
    io: Source<mio::net::UnixListener>,
    back_off: BackOff,
}

impl UnixListener {
    /// Makes a socket at `path`, where nothing may be, and listens there. The file stays when the listener is dropped.
    ///
    /// # Errors
    ///
    /// What the system says. [`Elsewhere`](crate::Elsewhere) outside a loop.
    pub fn bind(path: impl AsRef<Path>) -> io::Result<Self> {
        Self::from_std(std_net::UnixListener::bind(path)?)
    }

    /// Takes a listener of the standard library, and sets it not to block: also its duplicates.
    ///
    /// # Errors
    ///
    /// What the system says. [`Elsewhere`](crate::Elsewhere) outside a loop.
    pub fn from_std(listener: std_net::UnixListener) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        let listener = mio::net::UnixListener::from_std(listener);
        Ok(Self {
            io: Source::with_interest(listener, Interest::READABLE)?,
            back_off: BackOff::new(),
        })
    }

    /// Waits for the next connection. It bears what [`TcpListener::accept`](crate::TcpListener::accept) bears.
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn accept(&self) -> io::Result<UnixStream> {
        loop {
            let accepted = poll_fn(|cx| self.poll_accept(cx)).await;
            match accepted {
                Err(error) => self.back_off.after(error).await?,
                accepted => {
                    self.back_off.over();
                    return accepted;
                }
            }
        }
    }

    /// Takes a connection if there is one; else has the task woken when there is. Unlike [`accept`](Self::accept) it gives
    /// every error of the system.
    ///
    /// # Errors
    ///
    /// What the system says. [`Elsewhere`](crate::Elsewhere) where its loop does not run.
    pub fn poll_accept(&self, cx: &mut Context<'_>) -> Poll<io::Result<UnixStream>> {
        let accepted = self.io.poll_read_with(cx, mio::net::UnixListener::accept);
        accepted.map(|accepted| {
            let io = Source::new(accepted?.0)?;
            Ok(UnixStream { io })
        })
    }

    /// Its name in what is [recorded](crate::IoLoop::record) and [steered](crate::IoLoop::steer).
    pub fn id(&self) -> SourceId {
        self.io.id()
    }
}

impl fmt::Debug for UnixListener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("UnixListener")
            .field(self.io.get_ref())
            .finish()
    }
}

/// Makes a pipe: what is written to the one end is read from the other. On Unix only.
///
/// ```
/// use futures::io::{AsyncReadExt, AsyncWriteExt};
/// use ioloop::{block_on, pipe};
///
/// block_on(async {
///     let (mut writer, mut reader) = pipe()?;
///     writer.write_all(b"hello").await?;
///     drop(writer);
///     let mut text = String::new();
///     reader.read_to_string(&mut text).await?;
///     assert_eq!(text, "hello");
/// #   Ok::<(), std::io::Error>(())
/// })?;
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
///
/// What the system says. [`Elsewhere`](crate::Elsewhere) outside a loop.
pub fn pipe() -> io::Result<(PipeWriter, PipeReader)> {
    let (sender, receiver) = mio_pipe::new()?;
    let writer = Source::with_interest(sender, Interest::WRITABLE)?;
    let reader = Source::with_interest(receiver, Interest::READABLE)?;
    Ok((PipeWriter { io: writer }, PipeReader { io: reader }))
}

/// The end of a [pipe](pipe()) that is written to. On Unix only.
pub struct PipeWriter {
    io: Source<mio_pipe::Sender>,
}

/// The end of a [pipe](pipe()) that is read from. On Unix only.
pub struct PipeReader {
    io: Source<mio_pipe::Receiver>,
}

impl PipeWriter {
    /// Takes the writing end of a pipe, the standard input of a child say, and sets it not to block.
    ///
    /// # Errors
    ///
    /// What the system says. [`Elsewhere`](crate::Elsewhere) outside a loop.
    pub fn from_fd(fd: impl Into<OwnedFd>) -> io::Result<Self> {
        let sender = mio_pipe::Sender::from(fd.into());
        sender.set_nonblocking(true)?;
        let io = Source::with_interest(sender, Interest::WRITABLE)?;
        Ok(Self { io })
    }

    /// Its name in what is [recorded](crate::IoLoop::record) and [steered](crate::IoLoop::steer).
    pub fn id(&self) -> SourceId {
        self.io.id()
    }
}

impl PipeReader {
    /// Takes the reading end of a pipe, the standard output of a child say, and sets it not to block.
    ///
    /// # Errors
    ///
    /// What the system says. [`Elsewhere`](crate::Elsewhere) outside a loop.
    pub fn from_fd(fd: impl Into<OwnedFd>) -> io::Result<Self> {
        let receiver = mio_pipe::Receiver::from(fd.into());
        receiver.set_nonblocking(true)?;
        let io = Source::with_interest(receiver, Interest::READABLE)?;
        Ok(Self { io })
    }

    /// Its name in what is [recorded](crate::IoLoop::record) and [steered](crate::IoLoop::steer).
    pub fn id(&self) -> SourceId {
        self.io.id()
    }
}

reads!(PipeReader);
reads!(&PipeReader);
writes!(PipeWriter, stays);
writes!(&PipeWriter, stays);

impl fmt::Debug for PipeWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PipeWriter")
            .field(self.io.get_ref())
            .finish()
    }
}

impl fmt::Debug for PipeReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PipeReader")
            .field(self.io.get_ref())
            .finish()
    }
}
