use std::error::Error;
use std::fmt;
use std::io;

use super::HttpResponse;

/// Why a fetch has no response that is good.
#[derive(Debug)]
#[non_exhaustive]
pub enum FetchError {
    /// It was not even tried: an address that is none, or a request that makes no sense.
    Invalid(String),
    /// There is a response, and its status is not 2xx. See [`HttpRequest::any_status`](super::HttpRequest::any_status).
    Status(Box<HttpResponse>),
    /// It took too long.
    TimedOut(Phase),
    /// There is no connection to be had.
    Connect(io::Error),
    /// The connection was closed before the response was complete.
    Closed,
    /// The response is more than what was asked to be borne.
    TooLarge,
    /// The response leads from one address to the next.
    TooManyRedirects,
    /// What came is not HTTP, or what it holds cannot be decoded.
    Malformed(Box<dyn Error + Send + Sync>),
}

/// What a fetch was at when its time was over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Phase {
    /// Too many other requests were before it.
    Queue,
    /// It was connecting.
    Connecting,
    /// Nothing of the response had come.
    FirstByte,
    /// The response was not complete.
    Request,
}

impl FetchError {
    /// The status of the response; 599 if there is none, which is what Tornado 4 says.
    pub fn code(&self) -> u16 {
        match self {
            FetchError::Status(response) => response.status().as_u16(),
            _ => 599,
        }
    }

    /// The response, if there is one.
    pub fn response(&self) -> Option<&HttpResponse> {
        match self {
            FetchError::Status(response) => Some(response),
            _ => None,
        }
    }

    pub(crate) fn invalid(text: impl Into<String>) -> Self {
        FetchError::Invalid(text.into())
    }
}

impl From<hyper::Error> for FetchError {
    fn from(error: hyper::Error) -> Self {
        if error.is_parse_too_large() {
            return FetchError::TooLarge;
        }
        if error.is_parse() {
            return FetchError::Malformed(Box::new(error));
        }
        // A connection that ends in the middle, whether by a close, a reset, or a chunk that is none.
        let source = error
            .source()
            .and_then(|source| source.downcast_ref::<io::Error>());
        match source.map(io::Error::kind) {
            Some(io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput) => {
                FetchError::Malformed(Box::new(error))
            }
            _ => FetchError::Closed,
        }
    }
}

impl fmt::Display for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FetchError::Invalid(what) => f.write_str(what),
            FetchError::Status(response) => {
                write!(
                    f,
                    "HTTP {}: {}",
                    response.status().as_u16(),
                    response.reason()
                )
            }
            FetchError::TimedOut(Phase::Queue) => f.write_str("Timeout in request queue"),
            FetchError::TimedOut(Phase::Connecting) => f.write_str("Timeout while connecting"),
            FetchError::TimedOut(Phase::FirstByte) => {
                f.write_str("Timeout while waiting for the response")
            }
            FetchError::TimedOut(Phase::Request) => f.write_str("Timeout during request"),
            FetchError::Connect(error) => write!(f, "cannot connect: {error}"),
            FetchError::Closed => f.write_str("Stream closed"),
            FetchError::TooLarge => f.write_str("the response is too large"),
            FetchError::TooManyRedirects => f.write_str("too many redirects"),
            FetchError::Malformed(error) => write!(f, "the response is malformed: {error}"),
        }
    }
}

impl Error for FetchError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            FetchError::Connect(error) => Some(error),
            FetchError::Malformed(error) => Some(&**error),
            _ => None,
        }
    }
}
