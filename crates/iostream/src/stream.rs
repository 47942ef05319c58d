use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::rc::Rc;
use std::sync::Arc;

use executor::spawn;

use crate::driver;
use crate::error::Cause;
use crate::opened::Opened;
use crate::pattern::Pattern;
use crate::read::Reading;
use crate::search::Search;
use crate::shared::Shared;
use crate::state::{Limits, Phase};
use crate::streaming::Streaming;
use crate::transport::Transport;
use crate::write::Writing;

/// A stream of bytes both ways, with a buffer each way: Tornado's `IOStream`.
///
/// It is a handle: clones are the same stream, so that one task can write while another reads, and any of them may
/// close it. All stay on the thread of their loop. When the last handle is dropped (a pending read or write has one) what
/// is queued still goes out, then the stream closes; to drop what is queued, too, [`close`](IoStream::close) it.
///
/// ```
/// use iostream::IoStream;
/// # use std::io;
/// # use std::pin::Pin;
/// # use std::task::{Context, Poll};
/// # struct Canned(&'static [u8]);
/// # impl futures_io::AsyncRead for Canned {
/// #     fn poll_read(mut self: Pin<&mut Self>, _: &mut Context<'_>, to: &mut [u8]) -> Poll<io::Result<usize>> {
/// #         Poll::Ready(io::Read::read(&mut self.0, to))
/// #     }
/// # }
/// # impl futures_io::AsyncWrite for Canned {
/// #     fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, from: &[u8]) -> Poll<io::Result<usize>> {
/// #         Poll::Ready(Ok(from.len()))
/// #     }
/// #     fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
/// #         Poll::Ready(Ok(()))
/// #     }
/// #     fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
/// #         Poll::Ready(Ok(()))
/// #     }
/// # }
/// # fn socket() -> Canned {
/// #     Canned(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
/// # }
///
/// executor::block_on(async {
///     let stream = IoStream::new(socket());
///     stream.write(b"GET / HTTP/1.1\r\nHost: example.com\r\n\r\n").await?;
///     let head = stream.read_until(b"\r\n\r\n", 64 * 1024).await?;
///     assert!(head.ends_with(b"Content-Length: 5\r\n\r\n"));
///     let body = stream.read_bytes(5).await?;
///     assert_eq!(body, b"hello");
///     Ok::<(), iostream::Error>(())
/// })?;
/// # Ok::<(), iostream::Error>(())
/// ```
pub struct IoStream<S: Transport> {
    pub(crate) shared: Rc<Shared<S>>,
}

impl<S: Transport> IoStream<S> {
    /// A stream over a transport that is open.
    ///
    /// # Panics
    ///
    /// If no executor is current on this thread: the stream has a task of its own.
    #[track_caller]
    pub fn new(transport: S) -> Self {
        let stream = Self::with_phase(Phase::Open(transport), Limits::default());
        drop(spawn(driver::drive(stream.shared.clone())));
        stream
    }

    /// A stream whose transport `opening` will give: a socket that connects, a handshake. What is written before goes out
    /// first when it is open; a read waits. If `opening` fails, the stream closes with that error for its cause.
    ///
    /// For TCP there is [`IoStream::connect`]; another socket is `IoStream::opening(UnixStream::connect(path))`.
    ///
    /// # Panics
    ///
    /// As [`new`](IoStream::new).
    #[track_caller]
    pub fn opening(opening: impl Future<Output = io::Result<S>> + 'static) -> Self {
        Self::opening_with(opening, Limits::default())
    }

    #[track_caller]
    pub(crate) fn opening_with(
        opening: impl Future<Output = io::Result<S>> + 'static,
        limits: Limits,
    ) -> Self {
        let stream = Self::with_phase(Phase::Opening, limits);
        drop(spawn(driver::open(stream.shared.clone(), opening)));
        stream
    }

    fn with_phase(phase: Phase<S>, limits: Limits) -> Self {
        Self {
            shared: Rc::new(Shared::new(phase, limits)),
        }
    }

    /// Waits until the stream is open; at once if it is.
    ///
    /// # Errors
    ///
    /// [`Error::Closed`](crate::Error::Closed) with the error of the opening, and
    /// [`Error::AlreadyWaiting`](crate::Error::AlreadyWaiting) for the second one who waits at the same time.
    pub fn opened(&self) -> Opened<S> {
        Opened::begin(self)
    }

    /// Reads exactly `length` bytes. None, for `read_bytes(0)`, are there at once.
    ///
    /// # Errors
    ///
    /// [As every read](IoStream#errors-of-reads).
    pub fn read_bytes(&self, length: usize) -> Reading<'static, S> {
        Reading::begin(self, Search::exactly(length))
    }

    /// Reads at least one byte, and at most `length`: what is there as soon as anything is. Tornado's
    /// `read_bytes(partial=True)`.
    ///
    /// # Errors
    ///
    /// [As every read](IoStream#errors-of-reads).
    pub fn read_bytes_partial(&self, length: usize) -> Reading<'static, S> {
        Reading::begin(self, Search::at_most(length))
    }

    /// Reads until the first `delimiter`, which is the end of the result; what follows stays in the buffer. With an empty
    /// delimiter the result is empty.
    ///
    /// The limit must be given: a peer who never sends a delimiter would fill the memory.
    ///
    /// # Errors
    ///
    /// [As every read](IoStream#errors-of-reads). If the delimiter does not end within the first `max_bytes`, the stream
    /// closes, and the cause is [`Cause::Unsatisfiable`], also if all that is too long came in one piece.
    pub fn read_until<'d>(&self, delimiter: &'d [u8], max_bytes: usize) -> Reading<'d, S> {
        Reading::begin(self, Search::delimiter(delimiter, max_bytes))
    }

    /// Reads until a match of `pattern` ends, at the first byte where one can; see [`Pattern`].
    ///
    /// # Errors
    ///
    /// As [`read_until`](IoStream::read_until), and `Unsatisfiable` also as soon as no match can come any more.
    pub fn read_until_regex<'d>(&self, pattern: &'d Pattern, max_bytes: usize) -> Reading<'d, S> {
        Reading::begin(self, Search::pattern(pattern, max_bytes))
    }

    /// Reads all that comes until the stream closes; of one that is closed, what is left.
    ///
    /// # Errors
    ///
    /// [As every read](IoStream#errors-of-reads); but that the stream closed is only an error if it had a cause. Then the
    /// bytes stay in the buffer, for [`read_bytes_partial`](IoStream::read_bytes_partial).
    pub fn read_until_close(&self) -> Reading<'static, S> {
        Reading::begin(self, Search::close())
    }

    /// Reads exactly `length` bytes, in pieces, as they come; `length` may be more than fits in the buffer. What follows
    /// stays in it.
    pub fn read_bytes_streaming(&self, length: usize) -> Streaming<S> {
        Streaming::begin(self, Some(length))
    }

    /// Reads all that comes until the stream closes, in pieces, as they come.
    pub fn read_until_close_streaming(&self) -> Streaming<S> {
        Streaming::begin(self, None)
    }

    /// Writes `bytes` after all that was written before. They are with the transport, or queued, when this returns; the
    /// future says when all of them are with the kernel. Nothing is done for an empty write, but its future waits for
    /// those before it.
    ///
    /// # Errors
    ///
    /// The future's: [`Error::Closed`](crate::Error::Closed) if the stream is closed or closes before that, and
    /// [`Error::BufferFull`](crate::Error::BufferFull), at once, if the bytes do not fit in the write buffer; then none of
    /// them is written, and the stream stays open.
    pub fn write(&self, bytes: impl AsRef<[u8]>) -> Writing<S> {
        Writing::begin(self, bytes.as_ref())
    }

    /// Closes the stream: what is queued is dropped, all who wait get [`Error::Closed`](crate::Error::Closed), and the
    /// close callback is called on the next turn. What was read ahead can still be read. Nothing happens if it is closed.
    pub fn close(&self) {
        self.shared.with(|state, after| state.close(None, after));
    }

    /// The same, with a cause for all who wait.
    pub fn close_with(&self, cause: impl Into<Box<dyn StdError + Send + Sync>>) {
        let cause = Cause::Other(Arc::from(cause.into()));
        self.shared
            .with(|state, after| state.close(Some(cause), after));
    }

    /// Has `callback` called once when the stream has closed, whoever closed it: by the stream's own task, never inside
    /// the call that closes. If the stream is closed already, on the next turn. It takes the place of the one set before.
    ///
    /// With one set, a stream that nobody reads notices that the peer closed, unless bytes wait in its buffer. Dropped
    /// uncalled if the executor is.
    pub fn set_close_callback(&self, callback: impl FnOnce() + 'static) {
        let before = self.shared.with(|state, after| {
            after.wakes.extend(state.driver.clone());
            state.close_callback.replace(Box::new(callback))
        });
        drop(before);
    }

    /// Whether the stream is closed. What was read ahead can be read all the same.
    pub fn closed(&self) -> bool {
        self.shared.look(|state| state.is_closed())
    }

    /// Whether there is a read that has not ended.
    pub fn reading(&self) -> bool {
        self.shared.look(|state| state.reading)
    }

    /// Whether bytes are queued that are not with the kernel.
    pub fn writing(&self) -> bool {
        self.shared.look(|state| state.is_writing())
    }

    /// The cause, if the stream closed for one.
    pub fn error(&self) -> Option<Cause> {
        self.shared.look(|state| state.cause.clone())
    }

    /// Calls `function` with the transport, if the stream is open: to ask for an address, to set an option.
    ///
    /// # Panics
    ///
    /// If `function` does with the stream what changes it.
    pub fn with_transport<T>(&self, function: impl FnOnce(&S) -> T) -> Option<T> {
        self.shared.look(|state| match &state.phase {
            Phase::Open(transport) => Some(function(transport)),
            Phase::Opening | Phase::Closed => None,
        })
    }

    /// The read buffer holds at most so many bytes, 100 MiB unless told otherwise. A read that needs more closes the
    /// stream. One that needs less is never the reason that it gets full: what is not asked for stays in the kernel, and
    /// the peer has to wait.
    ///
    /// # Panics
    ///
    /// If it is zero.
    pub fn set_max_buffer_size(&self, bytes: usize) {
        assert!(bytes > 0, "a read buffer holds at least one byte");
        self.shared
            .with(|state, _| state.limits.max_buffer_size = bytes);
    }

    /// At most so many bytes are queued, 100 MiB unless told otherwise. A write that does not fit is refused.
    pub fn set_max_write_buffer_size(&self, bytes: usize) {
        self.shared
            .with(|state, _| state.limits.max_write_buffer_size = bytes);
    }

    /// One read from the transport asks for so many bytes, 64 KiB unless told otherwise.
    ///
    /// # Panics
    ///
    /// If it is zero.
    pub fn set_read_chunk_size(&self, bytes: usize) {
        assert!(bytes > 0, "a chunk has at least one byte");
        self.shared
            .with(|state, _| state.limits.read_chunk_size = bytes);
    }

    /// Whether the stream stays open for writing when the peer has sent its last byte. It does not, unless told
    /// otherwise: as in Tornado, the end of what comes closes it, and what is queued is dropped. With `true`, reads say
    /// that the stream is closed when the buffer is empty, and writes go on until this side closes.
    pub fn set_half_close(&self, half_close: bool) {
        self.shared
            .with(|state, _| state.limits.half_close = half_close);
    }
}

impl<S: Transport> Clone for IoStream<S> {
    fn clone(&self) -> Self {
        self.shared.handles.set(self.shared.handles.get() + 1);
        Self {
            shared: self.shared.clone(),
        }
    }
}

impl<S: Transport> Drop for IoStream<S> {
    fn drop(&mut self) {
        self.shared.handles.set(self.shared.handles.get() - 1);
        if self.shared.handles.get() == 0 {
            self.shared.orphaned();
        }
    }
}

impl<S: Transport> fmt::Debug for IoStream<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IoStream")
            .field("closed", &self.closed())
            .field("reading", &self.reading())
            .field("writing", &self.writing())
            .finish_non_exhaustive()
    }
}
