use std::error::Error;
use std::fmt;

use http::StatusCode;

/// What a handler gives: mostly nothing, or an [`HttpError`].
pub type Result<T = ()> = std::result::Result<T, HttpError>;

/// A status to answer with instead of what the handler has written: Tornado's `HTTPError`.
///
/// Every other error becomes one by `?`: status 500, with the error as the cause. The client is told the status alone; the
/// cause is logged.
///
/// ```
/// use web::{HttpError, StatusCode};
///
/// fn parsed(text: &str) -> web::Result<u32> {
///     let number = text.parse()?; // 500
///     match number {
///         0 => Err(HttpError::new(StatusCode::NOT_FOUND).because("there is no 0")),
///         number => Ok(number),
///     }
/// }
/// assert_eq!(parsed("x").unwrap_err().status(), StatusCode::INTERNAL_SERVER_ERROR);
/// assert_eq!(parsed("0").unwrap_err().to_string(), "404 Not Found: there is no 0");
/// ```
///
/// It is not an [`Error`] itself: that is what lets all others become one.
pub struct HttpError {
    status: StatusCode,
    reason: Option<String>,
    cause: Option<Box<dyn Error>>,
}

impl HttpError {
    /// Answers with `status`.
    pub fn new(status: StatusCode) -> Self {
        Self {
            status,
            reason: None,
            cause: None,
        }
    }

    /// The same, with something for the log. The client is not told.
    #[must_use]
    pub fn because(mut self, reason: impl Into<String>) -> Self {
        self.reason = Some(reason.into());
        self
    }

    /// What is answered.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The error that it was made from.
    pub fn cause(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.as_deref()
    }

    pub(crate) fn bad_request(reason: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST).because(reason)
    }
}

impl<E: Error + 'static> From<E> for HttpError {
    fn from(error: E) -> Self {
        Self {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            reason: None,
            cause: Some(Box::new(error)),
        }
    }
}

/// The status, the reason, and the cause with all that is behind it.
impl fmt::Display for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.status)?;
        if let Some(reason) = &self.reason {
            write!(f, ": {reason}")?;
        }
        let mut cause = self.cause();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

impl fmt::Debug for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HttpError({self})")
    }
}
