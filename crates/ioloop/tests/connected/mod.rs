//! Something to read from and to write to.

use futures::future::join;
use ioloop::{TcpListener, TcpStream};

/// Two ends of one connection.
pub(crate) async fn connected() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (client, server) = join(
        TcpStream::connect(listener.local_addr().unwrap()),
        listener.accept(),
    )
    .await;
    (client.unwrap(), server.unwrap().0)
}
