//! Non-blocking: a call that returns at once, perhaps with nothing but "it would block".
//! `cargo run -p lesson-08-event-loop --example non_blocking`

use std::io::{ErrorKind, Read};
use std::net::TcpStream;
use std::time::Duration;

use slow_server::{Address, SlowServer};

/// Gives the reply, and how often it looked for it.
pub(crate) fn ask(server: &Address, mut meanwhile: impl FnMut()) -> (String, u64) {
    let mut stream = TcpStream::connect(server.as_str()).expect("a connection");
    stream.set_nonblocking(true).expect("a socket");
    let (mut reply, mut looks) = (Vec::new(), 0);
    loop {
        let mut bytes = [0; 64];
        looks += 1;
        match stream.read(&mut bytes) {
            Ok(0) => break,
            Ok(read) => reply.extend_from_slice(&bytes[..read]),
            // Nothing yet. The thread is free, and all it does is ask again.
            Err(error) if error.kind() == ErrorKind::WouldBlock => meanwhile(),
            Err(error) => panic!("no reply: {error}"),
        }
    }
    (String::from_utf8(reply).expect("text"), looks)
}

fn main() {
    let server = SlowServer::after(Duration::from_millis(100)).expect("a server");
    let (reply, looks) = ask(&server.address(), || {});
    println!("non-blocking  {:?} after {looks} looks", reply.trim_end());
}
