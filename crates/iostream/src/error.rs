use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::sync::Arc;

/// Why a stream did not do what it was asked for.
///
/// Cheap to clone: when a stream closes, everybody who waits gets the same cause.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Error {
    /// The stream is closed: for no reason but that the peer or this side ended it, or for a cause. Tornado's
    /// `StreamClosedError` with its `real_error`.
    Closed(Option<Cause>),
    /// The bytes to be written would not fit in the write buffer, and none of them was queued. The stream stays open.
    /// Tornado's `StreamBufferFullError`.
    BufferFull {
        /// So many bytes it may hold.
        max_write_buffer_size: usize,
    },
    /// There is a read that has not ended.
    AlreadyReading,
    /// Somebody waits for the opening of the stream already.
    AlreadyWaiting,
    /// TLS can only start when the stream is open, nobody reads, nothing is left to be written, and nothing was read
    /// ahead.
    NotIdle,
}

/// What closed a stream.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Cause {
    /// An error of the transport: of the system, or of TLS.
    Io(Arc<io::Error>),
    /// The delimiter or the match did not come within so many bytes, or cannot come any more. Tornado's
    /// `UnsatisfiableReadError`.
    Unsatisfiable {
        /// The limit of the read.
        max_bytes: usize,
    },
    /// The read wanted more than the read buffer may hold. Tornado's `StreamBufferFullError`.
    BufferFull {
        /// So many bytes it may hold.
        max_buffer_size: usize,
    },
    /// What [`close_with`](crate::IoStream::close_with) was told.
    Other(Arc<dyn StdError + Send + Sync>),
}

impl Error {
    /// The cause, if the stream is closed and there is one.
    pub fn cause(&self) -> Option<&Cause> {
        match self {
            Self::Closed(cause) => cause.as_ref(),
            _ => None,
        }
    }

    /// Whether the stream is closed.
    pub fn is_closed(&self) -> bool {
        matches!(self, Self::Closed(_))
    }
}

impl Cause {
    /// What kind of error of the transport it is, if it is one.
    pub fn io_kind(&self) -> Option<io::ErrorKind> {
        match self {
            Self::Io(error) => Some(error.kind()),
            _ => None,
        }
    }
}

impl From<io::Error> for Cause {
    fn from(error: io::Error) -> Self {
        Self::Io(Arc::new(error))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed(None) => f.write_str("the stream is closed"),
            Self::Closed(Some(cause)) => write!(f, "the stream is closed: {cause}"),
            Self::BufferFull {
                max_write_buffer_size: max,
            } => write!(f, "the write buffer would hold more than {max} bytes"),
            Self::AlreadyReading => f.write_str("already reading"),
            Self::AlreadyWaiting => f.write_str("already waiting for the stream to open"),
            Self::NotIdle => f.write_str("the stream is not idle; TLS cannot start"),
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => error.fmt(f),
            Self::Unsatisfiable { max_bytes } => {
                write!(f, "what was read until did not come in {max_bytes} bytes")
            }
            Self::BufferFull {
                max_buffer_size: max,
            } => write!(f, "the read buffer would hold more than {max} bytes"),
            Self::Other(error) => error.fmt(f),
        }
    }
}

impl StdError for Error {
    /// What is behind the cause: its text is in this error's already.
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.cause()?.source()
    }
}

impl StdError for Cause {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Io(error) => error.source(),
            Self::Other(error) => error.source(),
            Self::Unsatisfiable { .. } | Self::BufferFull { .. } => None,
        }
    }
}
