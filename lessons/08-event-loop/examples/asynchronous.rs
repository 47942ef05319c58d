//! Asynchronous: the system is told what one waits for, and says what has come: one call waits for many.
//! `cargo run -p lesson-08-event-loop --example asynchronous`

use std::collections::HashMap;
use std::io::{ErrorKind, Read};
use std::time::Duration;

use reactor::mio::net::TcpStream;
use reactor::mio::{Events, Interest, Poll, Token};
use slow_server::{Address, SlowServer};

/// Asks `times` times at once. Gives the replies, and how often the thread looked for them or slept.
pub(crate) fn ask(server: &Address, times: usize) -> (Vec<String>, u64) {
    let mut poll = Poll::new().expect("a poll");
    let mut waiting = HashMap::new();
    for n in 0..times {
        let stream = std::net::TcpStream::connect(server.as_str()).expect("a connection");
        stream.set_nonblocking(true).expect("a socket");
        let mut stream = TcpStream::from_std(stream);
        let (registry, token) = (poll.registry(), Token(n));
        registry
            .register(&mut stream, token, Interest::READABLE)
            .expect("a registration");
        waiting.insert(token, (stream, Vec::new()));
    }
    let (mut replies, mut looks) = (Vec::new(), 0);
    let mut events = Events::with_capacity(1024);
    while !waiting.is_empty() {
        looks += 1;
        // The one place where the thread waits for replies: it sleeps until any of them can be read.
        poll.poll(&mut events, None).expect("events");
        for event in &events {
            let Some((stream, reply)) = waiting.get_mut(&event.token()) else {
                continue;
            };
            let mut bytes = [0; 64];
            // To the end, or until it would block: it is told once that there is something.
            let over = loop {
                looks += 1;
                match stream.read(&mut bytes) {
                    Ok(0) => break true,
                    Ok(read) => reply.extend_from_slice(&bytes[..read]),
                    Err(error) if error.kind() == ErrorKind::WouldBlock => break false,
                    Err(error) => panic!("no reply: {error}"),
                }
            };
            if over && let Some((_, reply)) = waiting.remove(&event.token()) {
                replies.push(String::from_utf8(reply).expect("text"));
            }
        }
    }
    (replies, looks)
}

fn main() {
    let server = SlowServer::after(Duration::from_millis(100)).expect("a server");
    let (replies, looks) = ask(&server.address(), 100);
    let reply = replies[0].trim_end();
    println!(
        "asynchronous  {} times {reply:?} after {looks} looks",
        replies.len()
    );
}
