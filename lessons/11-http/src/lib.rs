#![doc = include_str!("../README.md")]

mod application;
mod law;
mod several;
mod stand_in;
mod styles;
mod watched;

use std::io::{self, Write};
use std::net;

use ioloop::{IoLoop, TcpStream, spawn};
use iostream::IoStream;
use lesson_10_streams::Failure;
use slow_server::Address;
use timeline::tell;
use web::{AsyncHttpClient, Server};

pub use application::{Quick, RequestA, application};
pub use law::{ARRIVALS, LESSON};
pub use several::{Fetched, in_turn, list, map};
pub use stand_in::{FOUR, Place, Where, stand_in};
pub use styles::{blocking, callback, coroutine, future};
pub use watched::Watched;

/// Serves A, B and C: three requests by HTTP, on the loop of this thread.
pub fn serve(server: Address) {
    if let Err(error) = IoLoop::current().block_on(requests(server)) {
        tell(format!("A fails: {error}"));
    }
}

async fn requests(slow: Address) -> Result<(), Failure> {
    // The service that A asks, which asks the slow server.
    let service = Server::new(stand_in(Some(slow)));
    let url = format!("http://{}/where", service.listen("127.0.0.1:0")?);
    let server = Server::new(application(AsyncHttpClient::new(), &url));

    let listener = net::TcpListener::bind("127.0.0.1:0")?;
    let mut clients = Vec::new();
    for name in ["A", "B", "C"] {
        let (client, connection, ip) = client(&listener, name)?;
        drop(spawn(server.serve(connection, Some(ip))));
        clients.push(client);
    }
    for client in clients {
        client.read_until_close().await?;
    }
    Ok(())
}

/// A client that has sent its request, and the server's end of its connection. All that was sent is there before the loop
/// looks: so the order is the server's, and not the network's.
fn client(
    listener: &net::TcpListener,
    name: &str,
) -> io::Result<(IoStream<TcpStream>, TcpStream, net::IpAddr)> {
    let request = format!("GET /{name} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    let mut client = net::TcpStream::connect(listener.local_addr()?)?;
    client.write_all(request.as_bytes())?;
    let (connection, from) = listener.accept()?;
    let mut seen = vec![0; request.len()];
    while connection.peek(&mut seen)? < request.len() {}
    let client = IoStream::new(TcpStream::from_std(client)?);
    Ok((client, TcpStream::from_std(connection)?, from.ip()))
}
