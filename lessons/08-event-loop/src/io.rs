//! The long I/O, without a thread that waits for it.

use std::io::{self, ErrorKind};

use futures::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader};
use ioloop::{TcpStream, timeout};
use slow_server::{Address, AskError, CONNECT_WITHIN, Fault, LONGEST_LINE, reply_of};
use timeline::tell;

/// Asks the slow server. Whoever awaits it is suspended until the server has answered; the thread is not held.
///
/// It keeps the terms of [`Address::ask`].
///
/// # Errors
///
/// What [`Address::ask`] says when there is no reply.
///
/// # Panics
///
/// If no [`IoLoop`](ioloop::IoLoop) can be had on this thread.
pub async fn long_io(server: Address) -> Result<String, AskError> {
    tell("I/O begins");
    let reply = ask(&server).await;
    let reply = reply.map_err(|fault| AskError {
        address: server,
        fault,
    })?;
    tell("I/O ends");
    Ok(reply)
}

async fn ask(server: &Address) -> Result<String, Fault> {
    let connected = timeout(CONNECT_WITHIN, connect(server)).await;
    let connected = connected.unwrap_or_else(|_| Err(ErrorKind::TimedOut.into()));
    let stream = connected.map_err(Fault::Unreachable)?;
    let line = read_line(stream).await.map_err(Fault::Interrupted)?;
    reply_of(line)
}

async fn connect(server: &Address) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(server.as_str()).await?;
    // Where nothing listens, TCP may connect a socket to itself, if it gave it that very port.
    if stream.local_addr()? == stream.peer_addr()? {
        return Err(ErrorKind::ConnectionRefused.into());
    }
    Ok(stream)
}

/// Reads one line with its end, or to the end of the stream; of a line that is longer than a reply may be, so much that
/// one can see it.
///
/// # Errors
///
/// Those of the stream.
pub async fn read_line(stream: impl AsyncRead + Unpin) -> io::Result<Vec<u8>> {
    let mut stream = BufReader::with_capacity(512, stream.take(LONGEST_LINE));
    let mut line = Vec::new();
    stream.read_until(b'\n', &mut line).await?;
    Ok(line)
}
