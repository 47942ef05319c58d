//! Requests that come over the network.

use std::io;
use std::rc::Rc;

use futures::io::AsyncWriteExt;
use ioloop::{TcpListener, TcpStream, spawn};
use lesson_01_blocking::{request_b, request_c};
use slow_server::{Address, reply_of};
use timeline::tell;

use crate::{Requests, request_a};

/// Serves whoever connects, each by a task of its own: see [`answer`].
///
/// # Errors
///
/// The listener's: it is of no use any more.
pub async fn listen(
    requests: Rc<Requests>,
    listener: TcpListener,
    server: Address,
) -> io::Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        let (requests, server) = (requests.clone(), server.clone());
        // A client that goes away is no matter to the others.
        drop(spawn(
            async move { answer(&requests, stream, server).await },
        ));
    }
}

/// Reads a line, the name of a request, serves the request, and writes a line: what became of it.
///
/// # Errors
///
/// The connection's.
pub async fn answer(requests: &Requests, stream: TcpStream, server: Address) -> io::Result<()> {
    let name = reply_of(crate::read_line(&stream).await?);
    let answer = match name.as_deref() {
        // A task of its own, so that its waits are told as A's.
        Ok("A") => match requests.spawn("A", request_a("A", server)).await {
            Ok(Ok(bytes)) => format!("A: a reply of {bytes} bytes\n"),
            Ok(Err(error)) => {
                tell(format!("A fails: {error}"));
                format!("A: {error}\n")
            }
            Err(panicked) => format!("A: {panicked}\n"),
        },
        Ok("B") => {
            request_b();
            "B: done\n".to_owned()
        }
        Ok("C") => {
            request_c();
            "C: done\n".to_owned()
        }
        _ => "send A, B or C\n".to_owned(),
    };
    (&stream).write_all(answer.as_bytes()).await
}
