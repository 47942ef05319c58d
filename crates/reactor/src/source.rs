use std::fmt;
use std::future::poll_fn;
use std::io;
use std::task::{Context, Poll, Waker};

use mio::Interest;
use mio::event::Source as Pollable;

use crate::Elsewhere;
use crate::current::{self, Dropped, Remote};
use crate::flags::{Direction, Flags, Turn};
use crate::record::SourceId;
use crate::sources::{Key, Target};

/// Whether less than was asked for means that there is no more: so it is where the system announces each change, and not
/// on Windows, where a call that would block has to come first.
const SHORT_MEANS_DRAINED: bool = cfg!(any(
    target_os = "android",
    target_os = "dragonfly",
    target_os = "freebsd",
    target_os = "illumos",
    target_os = "ios",
    target_os = "linux",
    target_os = "macos",
    target_os = "netbsd",
    target_os = "openbsd",
));

/// A socket, a pipe, or whatever mio can wait for, registered with the reactor of the thread.
///
/// It is registered once, edge-triggered: the system tells when something changes, and a flag for each direction
/// remembers it until a system call says "would block". Reading and writing therefore *try first*: an operation is a system
/// call, and only if that would block, the task's waker is left behind.
///
/// One task can wait to read and one to write; of two that wait for the same, the newer one is woken.
///
/// One source gives at most 128 results in a row in a direction; then the operation is pending once, with its task woken
/// already, so that a peer who sends without end does not keep others from their turn.
///
/// # Threads
///
/// It holds no more than the number of its reactor, and can be sent where `S` can. Where that reactor does not run its
/// operations give an error that holds [`Elsewhere`]. Dropped there it leaves nothing behind.
///
/// Dropping it deregisters it first and closes it then.
///
/// # Examples
///
/// ```
/// use std::io::Write;
/// use std::task::{Context, Poll, Waker};
///
/// use mio::net::TcpStream;
/// use reactor::{Reactor, Source};
///
/// let reactor = Reactor::new()?;
/// reactor.enter(|| {
///     let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
///     let mut peer = std::net::TcpStream::connect(listener.local_addr()?)?;
///     let (stream, _) = listener.accept()?;
///     stream.set_nonblocking(true)?;
///     let stream = Source::new(TcpStream::from_std(stream))?;
///
///     let mut cx = Context::from_waker(Waker::noop());
///     let mut read = || {
///         stream.poll_read_with(&mut cx, |mut stream| {
///             let mut bytes = [0; 9];
///             let length = std::io::Read::read(&mut stream, &mut bytes)?;
///             Ok(bytes[..length].to_vec())
///         })
///     };
///     assert!(read().is_pending());
///     peer.write_all(b"hello")?;
///     reactor.poll(None)?; // sleeps until the system says that it is readable
///     let Poll::Ready(bytes) = read() else { panic!("it has been said") };
///     assert_eq!(bytes?, b"hello");
/// #   Ok::<(), std::io::Error>(())
/// })?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Source<S: Pollable> {
    /// None only when it is taken out.
    io: Option<S>,
    flags: Flags,
    key: Key,
    reactor: u64,
}

impl<S: Pollable> Source<S> {
    /// Registers `io`, to be read and to be written, with the reactor of this thread. `io` must not block.
    ///
    /// # Errors
    ///
    /// [`Elsewhere`] if no reactor runs on this thread. What the system says: that it is registered already
    /// (`AlreadyExists`), that nobody can wait for such a thing (`PermissionDenied` for a file on Linux), that there are
    /// too many.
    pub fn new(io: S) -> io::Result<Self> {
        Self::with_interest(io, Interest::READABLE | Interest::WRITABLE)
    }

    /// The same for something that is only read, or only written: one end of a pipe, a listener.
    ///
    /// # Errors
    ///
    /// As [`new`](Source::new).
    pub fn with_interest(mut io: S, interest: Interest) -> io::Result<Self> {
        let core = current::get().ok_or(Elsewhere)?;
        let flags = Flags::new();
        let target = Target::Source(flags.clone(), [None, None]);
        let key = core.register(&mut io, interest, target)?;
        let reactor = core.number();
        Ok(Self {
            io: Some(io),
            flags,
            key,
            reactor,
        })
    }

    /// What is registered. Do not register it again.
    #[expect(clippy::missing_panics_doc, reason = "only `into_inner` takes it out")]
    pub fn get_ref(&self) -> &S {
        self.io.as_ref().expect("it is there until it is taken out")
    }

    /// Its name in what is [recorded](crate::Reactor::record) and [steered](crate::Reactor::steer).
    pub fn id(&self) -> SourceId {
        SourceId(self.key)
    }

    /// Deregisters it, and gives it back.
    ///
    /// # Errors
    ///
    /// What the system says. Then it is closed.
    #[expect(clippy::missing_panics_doc, reason = "only `into_inner` takes it out")]
    pub fn into_inner(mut self) -> io::Result<S> {
        let mut io = self.io.take().expect("it is there until it is taken out");
        self.deregister(&mut io)?;
        Ok(io)
    }

    /// Tries `read`; if that would block, has the task woken when it would not any more.
    ///
    /// `read` gets what is registered, must not block, and says `WouldBlock` if there is nothing; it is called again
    /// after `Interrupted`.
    ///
    /// # Errors
    ///
    /// Those of `read`, and [`Elsewhere`].
    #[inline]
    pub fn poll_read_with<T>(
        &self,
        cx: &mut Context<'_>,
        read: impl FnMut(&S) -> io::Result<T>,
    ) -> Poll<io::Result<T>> {
        self.poll_with(cx, Direction::Read, read, |_| false)
    }

    /// Tries `write`, as [`poll_read_with`](Source::poll_read_with) tries `read`.
    ///
    /// # Errors
    ///
    /// Those of `write`, and [`Elsewhere`].
    #[inline]
    pub fn poll_write_with<T>(
        &self,
        cx: &mut Context<'_>,
        write: impl FnMut(&S) -> io::Result<T>,
    ) -> Poll<io::Result<T>> {
        self.poll_with(cx, Direction::Write, write, |_| false)
    }

    /// For a stream of bytes: as [`poll_read_with`](Source::poll_read_with), but saves the call that would only find
    /// out that nothing is left. Where `read` gives fewer bytes than `room`, the next one waits for news; unless the end
    /// was announced, which is found by a call only.
    ///
    /// Not for what may give fewer though there are more: a terminal gives a line at a time, a socket of datagrams one of
    /// them.
    ///
    /// # Errors
    ///
    /// As [`poll_read_with`](Source::poll_read_with).
    #[inline]
    pub fn poll_read_bytes(
        &self,
        cx: &mut Context<'_>,
        room: usize,
        read: impl FnMut(&S) -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        let short = |&length: &usize| SHORT_MEANS_DRAINED && 0 < length && length < room;
        self.poll_with(cx, Direction::Read, read, short)
    }

    /// For a stream of bytes: as [`poll_write_with`](Source::poll_write_with), with `bytes` the number of those that are
    /// to be written; where fewer are taken, the next write waits for room.
    ///
    /// # Errors
    ///
    /// As [`poll_write_with`](Source::poll_write_with).
    #[inline]
    pub fn poll_write_bytes(
        &self,
        cx: &mut Context<'_>,
        bytes: usize,
        write: impl FnMut(&S) -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        let short = |&length: &usize| SHORT_MEANS_DRAINED && 0 < length && length < bytes;
        self.poll_with(cx, Direction::Write, write, short)
    }

    /// Waits until `read` does not block, and gives its result; see [`poll_read_with`](Source::poll_read_with).
    ///
    /// Dropped before, it has read nothing.
    ///
    /// # Errors
    ///
    /// As [`poll_read_with`](Source::poll_read_with).
    pub async fn read_with<T>(&self, mut read: impl FnMut(&S) -> io::Result<T>) -> io::Result<T> {
        poll_fn(|cx| self.poll_read_with(cx, &mut read)).await
    }

    /// Waits until `write` does not block, and gives its result; see [`poll_write_with`](Source::poll_write_with).
    ///
    /// Dropped before, it has written nothing.
    ///
    /// # Errors
    ///
    /// As [`poll_write_with`](Source::poll_write_with).
    pub async fn write_with<T>(&self, mut write: impl FnMut(&S) -> io::Result<T>) -> io::Result<T> {
        poll_fn(|cx| self.poll_write_with(cx, &mut write)).await
    }

    #[inline]
    fn poll_with<T>(
        &self,
        cx: &mut Context<'_>,
        direction: Direction,
        mut call: impl FnMut(&S) -> io::Result<T>,
        short: impl FnOnce(&T) -> bool,
    ) -> Poll<io::Result<T>> {
        if !current::is(self.reactor) {
            return Poll::Ready(Err(Elsewhere.into()));
        }
        let io = self.get_ref();
        loop {
            match self.flags.turn(direction) {
                Turn::Try => {}
                Turn::Wait => {
                    wait(self.key, direction, cx.waker());
                    return Poll::Pending;
                }
                Turn::Later => {
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
            }
            match call(io) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.flags.drained(direction);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Ok(value) => {
                    if short(&value) {
                        self.flags.short(direction);
                    }
                    return Poll::Ready(Ok(value));
                }
                error => return Poll::Ready(error),
            }
        }
    }

    fn deregister(&self, io: &mut S) -> io::Result<()> {
        if let Some(core) = current::get()
            && core.number() == self.reactor
        {
            return core.deregister(self.key, io);
        }
        let Some(remote) = Remote::of(self.reactor) else {
            // The reactor is gone, and with it the registration.
            return Ok(());
        };
        let deregistered = io.deregister(&remote.registry);
        remote.drops(Dropped::Source(self.key));
        deregistered
    }
}

/// Leaves a waker for the next event. Apart from what may be tried first: that is to be short.
fn wait(key: Key, direction: Direction, waker: &Waker) {
    // Cloned, and what it displaces dropped, while nothing is borrowed: a waker is code of others.
    let waker = waker.clone();
    let displaced = current::with(|core| core.wait(key, direction, waker));
    drop(displaced);
}

impl<S: Pollable> Drop for Source<S> {
    fn drop(&mut self) {
        // Before it is closed: a duplicate of it would go on to be reported. That it is closed already, or unknown, is
        // as good.
        if let Some(mut io) = self.io.take() {
            let _ = self.deregister(&mut io);
        }
    }
}

impl<S: Pollable + fmt::Debug> fmt::Debug for Source<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source")
            .field("io", self.get_ref())
            .field("id", &self.id())
            .finish_non_exhaustive()
    }
}
