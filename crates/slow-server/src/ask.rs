//! The long I/O: connect, and read one line.

use crate::Address;
use std::error::Error;
use std::fmt;
use std::io::{self, BufRead, BufReader, ErrorKind, Read};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// How long connecting takes at most, the look-up of a name included.
pub const CONNECT_WITHIN: Duration = Duration::from_secs(5);

/// How many bytes a reply has at most, its line end not counted: 64 KiB.
pub const LONGEST_REPLY: usize = 64 * 1024;

/// How many bytes have to be read of a reply at most: two more than it has, for its line end, or as the proof that it is
/// too long.
pub const LONGEST_LINE: u64 = LONGEST_REPLY as u64 + 2;

impl Address {
    /// Connects, waits for the reply and returns it. Blocks the thread until then.
    ///
    /// The reply is one line, without its `\n` or `\r\n`, or all there is until the stream ends, at most
    /// [`LONGEST_REPLY`] bytes. What follows the line is not looked at. Connecting takes at most [`CONNECT_WITHIN`];
    /// the reply may take for ever.
    ///
    /// # Errors
    ///
    /// [`AskError`] says which step failed, and why.
    ///
    /// ```
    /// use slow_server::{Fault, SlowServer};
    ///
    /// let server = SlowServer::hanging_up()?;
    /// let error = server.address().ask().unwrap_err();
    /// assert!(matches!(error.fault, Fault::NoReply));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn ask(&self) -> Result<String, AskError> {
        connect(self)
            .and_then(read_reply)
            .map_err(|fault| AskError {
                address: self.clone(),
                fault,
            })
    }
}

/// Tries each address that the name stands for (`localhost` may be `::1` and `127.0.0.1`), in turn.
fn connect(address: &Address) -> Result<TcpStream, Fault> {
    let deadline = Instant::now() + CONNECT_WITHIN;
    let candidates = look_up(address, deadline).map_err(Fault::NotFound)?;
    let mut failure = io::Error::new(ErrorKind::NotFound, "the name stands for no address");
    for (tried, candidate) in candidates.iter().enumerate() {
        // One that never answers must not take the others' time.
        let share = (candidates.len() - tried) as u32;
        match connect_one(candidate, time_left(deadline) / share) {
            Ok(stream) => return Ok(stream),
            // It was made, and broke before this thread looked.
            Err(error) if error.kind() == ErrorKind::ConnectionReset => {
                return Err(Fault::Interrupted(error));
            }
            // A refusal says more than the rest: there is a machine, and nothing listens.
            Err(error) if failure.kind() != ErrorKind::ConnectionRefused => failure = error,
            Err(_) => {}
        }
    }
    Err(Fault::Unreachable(failure))
}

fn connect_one(candidate: &SocketAddr, within: Duration) -> io::Result<TcpStream> {
    if within.is_zero() {
        return Err(ErrorKind::TimedOut.into());
    }
    let stream = TcpStream::connect_timeout(candidate, within)?;
    // Where nothing listens, TCP may connect a socket to itself, if it gave it that very port:
    // it would wait for its own reply.
    if stream.local_addr()? == *candidate {
        return Err(ErrorKind::ConnectionRefused.into());
    }
    Ok(stream)
}

/// A name is looked up on a thread of its own, because a look-up has no time limit.
fn look_up(address: &Address, deadline: Instant) -> io::Result<Vec<SocketAddr>> {
    if let Ok(address) = address.as_str().parse() {
        return Ok(vec![address]);
    }
    let (found, answer) = mpsc::channel();
    let address = address.clone();
    thread::Builder::new().spawn(move || {
        let addresses = address.as_str().to_socket_addrs().map(Vec::from_iter);
        // Nobody listens any more once the time is up.
        let _ = found.send(addresses);
    })?;
    answer
        .recv_timeout(time_left(deadline))
        .unwrap_or_else(|_| Err(ErrorKind::TimedOut.into()))
}

fn time_left(deadline: Instant) -> Duration {
    deadline.saturating_duration_since(Instant::now())
}

/// Reads one line, or to the end of the stream.
fn read_reply(stream: impl Read) -> Result<String, Fault> {
    let mut stream = BufReader::new(stream.take(LONGEST_LINE));
    let mut line = Vec::new();
    stream
        .read_until(b'\n', &mut line)
        .map_err(Fault::Interrupted)?;
    reply_of(line)
}

/// The reply in the line that was read up to the first `\n`, or to the end of the stream, or up to [`LONGEST_LINE`] bytes: the last
/// step of [`Address::ask`], for who connects and reads in another way.
///
/// ```
/// use slow_server::{Fault, reply_of};
///
/// assert_eq!(reply_of(b"io result\r\n".to_vec()).unwrap(), "io result");
/// assert!(matches!(reply_of(Vec::new()), Err(Fault::NoReply)));
/// ```
///
/// # Errors
///
/// [`Fault::NoReply`], [`Fault::TooLong`], [`Fault::NotUtf8`].
pub fn reply_of(mut reply: Vec<u8>) -> Result<String, Fault> {
    if reply.is_empty() {
        return Err(Fault::NoReply);
    }
    if reply.pop_if(|last| *last == b'\n').is_some() {
        reply.pop_if(|last| *last == b'\r');
    }
    if reply.len() > LONGEST_REPLY {
        return Err(Fault::TooLong);
    }
    String::from_utf8(reply).map_err(|_| Fault::NotUtf8)
}

/// Why [`Address::ask`] has no reply. Its `Display` is one line that says what to do.
#[derive(Debug)]
pub struct AskError {
    /// Who was asked.
    pub address: Address,
    /// What failed.
    pub fault: Fault,
}

/// What failed while asking.
#[derive(Debug)]
pub enum Fault {
    /// The name could not be looked up, or not in time (`ErrorKind::TimedOut`).
    NotFound(io::Error),
    /// No connection could be made, or not in time (`ErrorKind::TimedOut`).
    Unreachable(io::Error),
    /// The connection broke before the line was complete.
    Interrupted(io::Error),
    /// The stream ended before the first byte.
    NoReply,
    /// The line is longer than [`LONGEST_REPLY`].
    TooLong,
    /// The line is not UTF-8.
    NotUtf8,
}

impl fmt::Display for AskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (address, port) = (&self.address, self.address.port());
        let seconds = CONNECT_WITHIN.as_secs();
        match &self.fault {
            Fault::NotFound(cause) if cause.kind() == ErrorKind::TimedOut => write!(
                f,
                "cannot look up {address} within {seconds} s: is the name right?"
            ),
            Fault::NotFound(cause) => {
                write!(f, "cannot look up {address}: {cause}: is the name right?")
            }
            Fault::Unreachable(cause) if cause.kind() == ErrorKind::ConnectionRefused => write!(
                f,
                "connection refused at {address}: nothing listens there; start one with `nc -l {port}`"
            ),
            Fault::Unreachable(cause) if cause.kind() == ErrorKind::TimedOut => write!(
                f,
                "no connection to {address} within {seconds} s: is the address right?"
            ),
            Fault::Unreachable(cause) => write!(f, "cannot connect to {address}: {cause}"),
            Fault::Interrupted(cause) => {
                write!(
                    f,
                    "the connection to {address} broke before the line ended: {cause}"
                )
            }
            Fault::NoReply => write!(
                f,
                "{address} hung up without a reply: it must send one line"
            ),
            Fault::TooLong => write!(
                f,
                "the reply from {address} is longer than {} KiB: it must send one shorter line",
                LONGEST_REPLY / 1024
            ),
            Fault::NotUtf8 => write!(
                f,
                "the reply from {address} is not UTF-8: it must send one line of text"
            ),
        }
    }
}

// The causes are part of the one line, so there is no `source` to print a second time.
impl Error for AskError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<String, Fault> {
        read_reply(bytes)
    }

    #[test]
    fn a_reply_is_one_line_or_all_until_the_end() {
        for (bytes, reply) in [
            (&b"io result\n"[..], "io result"),
            (b"io result\r\n", "io result"),
            (b"io result", "io result"),
            (b"\n", ""),
            (b"\r\n", ""),
            (b"one\ntwo\n", "one"),
            // What follows the line need not even be text.
            (b"one\n\xff\xff", "one"),
            // A carriage return alone ends no line.
            (b"one\r", "one\r"),
            (b"one\r\r\n", "one\r"),
        ] {
            assert_eq!(read(bytes).unwrap(), reply, "{bytes:?}");
        }
        assert!(matches!(read(b""), Err(Fault::NoReply)));
        assert!(matches!(read(b"\xff\n"), Err(Fault::NotUtf8)));
    }

    #[test]
    fn a_reply_has_at_most_64_kib() {
        let longest = "x".repeat(LONGEST_REPLY);
        for end in ["", "\n", "\r\n", "\nmore"] {
            assert_eq!(read(format!("{longest}{end}").as_bytes()).unwrap(), longest);
        }
        for end in ["x", "x\n", "x\r\n", "\r", "xxx"] {
            let error = read(format!("{longest}{end}").as_bytes());
            assert!(matches!(error, Err(Fault::TooLong)), "{end:?}");
        }
    }

    #[test]
    fn a_reply_in_single_bytes_is_put_together_and_an_interrupted_read_goes_on() {
        struct Drip(Vec<u8>, bool);
        impl Read for Drip {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                self.1 = !self.1;
                if self.1 {
                    return Err(ErrorKind::Interrupted.into());
                }
                // Past the line nothing is read: this would panic.
                buffer[0] = self.0.remove(0);
                Ok(1)
            }
        }
        let drip = Drip(b"io result\n".to_vec(), false);
        assert_eq!(read_reply(drip).unwrap(), "io result");
    }

    #[test]
    fn every_error_is_one_line_with_the_address() {
        let cause = || io::Error::from(ErrorKind::PermissionDenied);
        let timed_out = || io::Error::from(ErrorKind::TimedOut);
        let refused = io::Error::from(ErrorKind::ConnectionRefused);
        for fault in [
            Fault::NotFound(cause()),
            Fault::NotFound(timed_out()),
            Fault::Unreachable(cause()),
            Fault::Unreachable(timed_out()),
            Fault::Unreachable(refused),
            Fault::Interrupted(cause()),
            Fault::NoReply,
            Fault::TooLong,
            Fault::NotUtf8,
        ] {
            let address = "127.0.0.1:9".parse().unwrap();
            let line = AskError { address, fault }.to_string();
            assert!(
                line.contains("127.0.0.1:9") && !line.contains('\n'),
                "{line}"
            );
        }
    }
}
