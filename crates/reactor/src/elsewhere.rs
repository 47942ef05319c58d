use std::error::Error;
use std::fmt;
use std::io;

/// A source was used where its reactor does not run: on another thread, outside the loop's `run`, or after the loop's
/// end.
///
/// It is inside the [`io::Error`] that operations give:
///
/// ```
/// use mio::net::TcpListener;
/// use reactor::{Elsewhere, Source};
///
/// let socket = TcpListener::bind("127.0.0.1:0".parse().unwrap())?;
/// let error = Source::new(socket).unwrap_err(); // no reactor at all
/// assert!(error.get_ref().unwrap().is::<Elsewhere>());
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Elsewhere;

impl fmt::Display for Elsewhere {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a source was used where its reactor does not run")
    }
}

impl Error for Elsewhere {}

impl From<Elsewhere> for io::Error {
    fn from(elsewhere: Elsewhere) -> Self {
        io::Error::new(io::ErrorKind::NotConnected, elsewhere)
    }
}
