use std::cell::Cell;
use std::fmt;
use std::future::poll_fn;
use std::io;
use std::mem;
use std::net::{self, Shutdown, SocketAddr};
use std::task::{Context, Poll};
use std::time::Duration;

use mio::Interest;
use reactor::{Source, SourceId, sleep};

use crate::address::Address;
use crate::stream::reads_and_writes;

/// A TCP connection. It reads and writes by the traits of `futures-io`, by reference too, so that one task can read while
/// another one writes: `let (mut reader, mut writer) = (&stream, &stream)`.
///
/// It belongs to the loop in which it was made, see [`Source`] for what that means. Dropping it closes it; bytes that are
/// not read by then may have the system reset the connection.
///
/// ```
/// use futures::io::{AsyncReadExt, AsyncWriteExt};
/// use ioloop::{TcpListener, TcpStream, block_on, spawn};
///
/// block_on(async {
///     let listener = TcpListener::bind("127.0.0.1:0")?;
///     let address = listener.local_addr()?;
///     let server = spawn(async move {
///         let (stream, _) = listener.accept().await?;
///         futures::io::copy(&stream, &mut &stream).await // an echo
///     });
///     let mut stream = TcpStream::connect(address).await?;
///     stream.write_all(b"hello").await?;
///     stream.close().await?;
///     let mut echo = String::new();
///     stream.read_to_string(&mut echo).await?;
///     assert_eq!(echo, "hello");
///     assert_eq!(server.await.unwrap()?, 5);
/// #   Ok::<(), std::io::Error>(())
/// })?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct TcpStream {
    io: Source<mio::net::TcpStream>,
}

impl TcpStream {
    /// Connects to `address`. A name is looked up on a thread of a pool; each address that it stands for is tried, one
    /// after another.
    ///
    /// There is no time limit but the system's: see [`timeout`](crate::timeout()). Dropped before it is done, it stops.
    ///
    /// # Errors
    ///
    /// That of the look-up, or that of the last address. [`Elsewhere`](crate::Elsewhere) outside a loop.
    pub async fn connect(address: impl Into<Address>) -> io::Result<Self> {
        let mut last = None;
        for address in address.into().resolve().await? {
            match Self::connect_to(address).await {
                Ok(stream) => return Ok(stream),
                Err(error) => last = Some(error),
            }
        }
        Err(last.unwrap_or_else(|| io::ErrorKind::NotFound.into()))
    }

    async fn connect_to(address: SocketAddr) -> io::Result<Self> {
        let io = Source::new(mio::net::TcpStream::connect(address)?)?;
        // The one thing that is not tried first: it takes a while, and the system will say when it is over.
        let mut begun = false;
        poll_fn(|cx| {
            io.poll_write_with(cx, |stream| {
                if !mem::replace(&mut begun, true) {
                    return Err(io::ErrorKind::WouldBlock.into());
                }
                if let Some(error) = stream.take_error()? {
                    return Err(error);
                }
                match stream.peer_addr() {
                    Ok(_) => Ok(()),
                    Err(error) if not_yet(&error) => Err(io::ErrorKind::WouldBlock.into()),
                    Err(error) => Err(error),
                }
            })
        })
        .await?;
        Ok(Self { io })
    }

    /// Takes a connection of the standard library, and sets it not to block: also its duplicates.
    ///
    /// # Errors
    ///
    /// What the system says. [`Elsewhere`](crate::Elsewhere) outside a loop.
    pub fn from_std(stream: net::TcpStream) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        let io = Source::new(mio::net::TcpStream::from_std(stream))?;
        Ok(Self { io })
    }

    /// Gives it back to the standard library. It still does not block.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn into_std(self) -> io::Result<net::TcpStream> {
        self.io.into_inner().map(Into::into)
    }

    /// Reads without taking what is read; waits as a read does.
    ///
    /// # Errors
    ///
    /// What the system says. [`Elsewhere`](crate::Elsewhere) where its loop does not run.
    pub async fn peek(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.io.read_with(|stream| stream.peek(buf)).await
    }

    /// The other end's address.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.io.get_ref().peer_addr()
    }

    /// This end's address.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.io.get_ref().local_addr()
    }

    /// Whether small writes are sent at once, and not held back to be sent with others.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn set_nodelay(&self, nodelay: bool) -> io::Result<()> {
        self.io.get_ref().set_nodelay(nodelay)
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

reads_and_writes!(TcpStream, shut);

/// Whether a socket that was told to connect is still at it.
fn not_yet(error: &io::Error) -> bool {
    #[cfg(unix)]
    if error.raw_os_error() == Some(libc::EINPROGRESS) {
        return true;
    }
    error.kind() == io::ErrorKind::NotConnected
}

impl fmt::Debug for TcpStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TcpStream").field(self.io.get_ref()).finish()
    }
}

/// Waits for TCP connections.
///
/// ```
/// use ioloop::{TcpListener, TcpStream, block_on};
///
/// block_on(async {
///     let listener = TcpListener::bind("127.0.0.1:0")?;
///     let client = TcpStream::connect(listener.local_addr()?).await?;
///     let (_stream, from) = listener.accept().await?;
///     assert_eq!(from, client.local_addr()?);
/// #   Ok::<(), std::io::Error>(())
/// })?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct TcpListener {
    io: Source<mio::net::TcpListener>,
    back_off: BackOff,
}

impl TcpListener {
    /// Listens at `address`, such as `"127.0.0.1:8000"`; at port 0 for one that the system chooses. The first of the
    /// addresses that can be had is taken.
    ///
    /// A name is looked up here and now, which blocks.
    ///
    /// # Errors
    ///
    /// What the system says of the last address. [`Elsewhere`](crate::Elsewhere) outside a loop.
    pub fn bind(address: impl net::ToSocketAddrs) -> io::Result<Self> {
        Self::from_std(net::TcpListener::bind(address)?)
    }

    /// Takes a listener of the standard library, and sets it not to block: also its duplicates.
    ///
    /// # Errors
    ///
    /// What the system says. [`Elsewhere`](crate::Elsewhere) outside a loop.
    pub fn from_std(listener: net::TcpListener) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        let listener = mio::net::TcpListener::from_std(listener);
        Ok(Self {
            io: Source::with_interest(listener, Interest::READABLE)?,
            back_off: BackOff::new(),
        })
    }

    /// Waits for the next connection; gives it, and the address of its peer.
    ///
    /// It bears what a server has to bear. A connection that is over before it was accepted is passed over. If there are
    /// no files, or no memory, left for another connection, that is logged, it waits, 50 ms at first and at most a second,
    /// and tries again: those that are being served may end meanwhile.
    ///
    /// Dropped before, it has accepted nothing.
    ///
    /// # Errors
    ///
    /// Anything else that the system says: the listener is of no use any more. [`Elsewhere`](crate::Elsewhere) where its
    /// loop does not run.
    pub async fn accept(&self) -> io::Result<(TcpStream, SocketAddr)> {
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
    pub fn poll_accept(&self, cx: &mut Context<'_>) -> Poll<io::Result<(TcpStream, SocketAddr)>> {
        let accepted = self.io.poll_read_with(cx, mio::net::TcpListener::accept);
        accepted.map(|accepted| {
            let (stream, from) = accepted?;
            let io = Source::new(stream)?;
            Ok((TcpStream { io }, from))
        })
    }

    /// Where it listens.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.io.get_ref().local_addr()
    }

    /// Its name in what is [recorded](crate::IoLoop::record) and [steered](crate::IoLoop::steer).
    pub fn id(&self) -> SourceId {
        self.io.id()
    }
}

impl fmt::Debug for TcpListener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TcpListener")
            .field(self.io.get_ref())
            .finish()
    }
}

/// How long an accept waits that failed for want of something.
pub(crate) struct BackOff {
    next: Cell<Duration>,
}

/// What an error of an accept means.
#[derive(Debug, PartialEq, Eq)]
enum Meaning {
    /// That connection is lost, others are not.
    Lost,
    /// There is too little of something.
    Want,
    /// The listener is of no use.
    Fatal,
}

impl BackOff {
    const SHORTEST: Duration = Duration::from_millis(50);
    const LONGEST: Duration = Duration::from_secs(1);

    pub(crate) fn new() -> Self {
        Self {
            next: Cell::new(Self::SHORTEST),
        }
    }

    pub(crate) fn over(&self) {
        self.next.set(Self::SHORTEST);
    }

    /// Waits as long as the error asks for, or gives it back.
    pub(crate) async fn after(&self, error: io::Error) -> io::Result<()> {
        match meaning(&error) {
            Meaning::Lost => Ok(()),
            Meaning::Fatal => Err(error),
            Meaning::Want => {
                let wait = self.next.get();
                self.next.set((wait * 2).min(Self::LONGEST));
                log::warn!("no connection can be accepted, trying again in {wait:?}: {error}");
                sleep(wait).await;
                Ok(())
            }
        }
    }
}

fn meaning(error: &io::Error) -> Meaning {
    use io::ErrorKind::{
        ConnectionAborted, ConnectionRefused, ConnectionReset, HostUnreachable, NetworkDown,
        NetworkUnreachable, OutOfMemory, PermissionDenied, TimedOut,
    };
    #[cfg(unix)]
    if let Some(number) = error.raw_os_error() {
        // ENOSPC: a limit of epoll, on how much is watched.
        if [libc::EMFILE, libc::ENFILE, libc::ENOBUFS, libc::ENOSPC].contains(&number) {
            return Meaning::Want;
        }
        // The network's errors of a connection that was not accepted yet.
        if [libc::EPROTO, libc::ENOPROTOOPT, libc::EHOSTDOWN].contains(&number) {
            return Meaning::Lost;
        }
    }
    match error.kind() {
        OutOfMemory => Meaning::Want,
        ConnectionAborted | ConnectionRefused | ConnectionReset | TimedOut => Meaning::Lost,
        // A firewall may forbid one connection.
        HostUnreachable | NetworkDown | NetworkUnreachable | PermissionDenied => Meaning::Lost,
        _ => Meaning::Fatal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// FD09.
    #[cfg(unix)]
    #[test]
    fn fd09_an_error_of_accept_is_the_connections_the_systems_or_the_listeners() {
        let of = |number| meaning(&io::Error::from_raw_os_error(number));
        let wants = [libc::EMFILE, libc::ENFILE, libc::ENOBUFS, libc::ENOMEM];
        for want in wants.into_iter().chain([libc::ENOSPC]) {
            assert_eq!(of(want), Meaning::Want);
        }
        for lost in [
            libc::ECONNABORTED,
            libc::EPROTO,
            libc::ENETDOWN,
            libc::EPERM,
        ] {
            assert_eq!(of(lost), Meaning::Lost);
        }
        for fatal in [libc::EBADF, libc::EINVAL, libc::ENOTSOCK] {
            assert_eq!(of(fatal), Meaning::Fatal);
        }
        assert_eq!(meaning(&reactor::Elsewhere.into()), Meaning::Fatal);
    }
}
