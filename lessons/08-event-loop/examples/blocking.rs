//! Blocking: a call that returns when it has what it was asked for. `cargo run -p lesson-08-event-loop --example blocking`

use std::io::Read;
use std::net::TcpStream;
use std::time::Duration;

use slow_server::{Address, SlowServer};

/// Gives the reply.
pub(crate) fn ask(server: &Address) -> String {
    let mut stream = TcpStream::connect(server.as_str()).expect("a connection");
    let mut reply = String::new();
    // The thread sleeps in here until the server has closed the connection.
    stream.read_to_string(&mut reply).expect("a reply");
    reply
}

fn main() {
    let server = SlowServer::after(Duration::from_millis(100)).expect("a server");
    let reply = ask(&server.address());
    println!("blocking      {:?} after one look", reply.trim_end());
}
