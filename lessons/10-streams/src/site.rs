//! The site that A asks: a web server in a few lines, on the same loop.

use std::io;
use std::net::SocketAddr;

use ioloop::{TcpListener, TcpStream, spawn, timeout};
use iostream::{Cause, Error, IoStream};
use slow_server::{Address, AskError, CONNECT_WITHIN, Fault, LONGEST_LINE, reply_of};

/// Answers one request, whatever it asks for, with what the slow server says; gives the address to ask.
///
/// # Errors
///
/// If the system has no port left.
pub fn site(server: Address) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    drop(spawn(async move {
        let (socket, _) = listener.accept().await?;
        answer(&IoStream::new(socket), server)
            .await
            .map_err(io::Error::other)
    }));
    Ok(address)
}

async fn answer(stream: &IoStream<TcpStream>, server: Address) -> Result<(), Error> {
    stream.read_until(b"\r\n\r\n", 8192).await?;
    let (status, body) = match ask(server).await {
        Ok(reply) => ("200 OK", reply),
        Err(error) => ("502 Bad Gateway", error.to_string()),
    };
    let length = body.len();
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\n\r\n");
    drop(stream.write(head));
    stream.write(body).await
}

/// What [`Address::ask`] does, over a stream: one line, or all until the end.
///
/// # Errors
///
/// Those of [`Address::ask`].
pub async fn ask(server: Address) -> Result<String, AskError> {
    let reply = reply(&server).await;
    reply.map_err(|fault| AskError {
        address: server,
        fault,
    })
}

async fn reply(server: &Address) -> Result<String, Fault> {
    let stream = IoStream::connect(server.as_str());
    let opened = timeout(CONNECT_WITHIN, stream.opened()).await;
    opened
        .map_err(|_| Fault::Unreachable(io::ErrorKind::TimedOut.into()))?
        .map_err(|error| Fault::Unreachable(of_system(&error)))?;
    // Where nothing listens, TCP may connect a socket to itself, if it gave it that very port.
    let own = stream.with_transport(|tcp| Ok(tcp.local_addr()? == tcp.peer_addr()?));
    if own.unwrap_or(Ok(false)).map_err(Fault::Unreachable)? {
        return Err(Fault::Unreachable(io::ErrorKind::ConnectionRefused.into()));
    }
    let line = match stream.read_until(b"\n", LONGEST_LINE as usize).await {
        Err(Error::Closed(None)) => stream.read_until_close().await,
        line => line,
    };
    match line {
        Ok(line) => reply_of(line),
        Err(error) => match error.cause() {
            Some(Cause::Unsatisfiable { .. }) => Err(Fault::TooLong),
            _ => Err(Fault::Interrupted(of_system(&error))),
        },
    }
}

/// The system's error, which others may hold, too.
fn of_system(error: &Error) -> io::Error {
    match error.cause() {
        Some(Cause::Io(cause)) => io::Error::new(cause.kind(), cause.to_string()),
        _ => io::Error::other(error.to_string()),
    }
}
