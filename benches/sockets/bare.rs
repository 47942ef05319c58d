//! The limit: a loop over what is ready, with nothing around it.

use std::io::{self, Read, Write};
use std::net;

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

use crate::contestants::Server;
use crate::cost::{Kind, Limit};
use crate::echo::{self, BUFFER};

/// mio's events, and connections that are named by their place.
pub(crate) struct Bare {
    poll: Poll,
    events: Events,
    connections: Vec<Connection>,
}

/// The buffer is the connection's own, as everybody's is.
struct Connection {
    stream: TcpStream,
    buffer: [u8; BUFFER],
}

impl Connection {
    /// Reads and writes while it is ready. A short read has taken all, so nothing asks whether there is more.
    fn ready(&mut self) -> io::Result<()> {
        loop {
            let length = match self.stream.read(&mut self.buffer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                read => read?,
            };
            if length == 0 {
                return Ok(());
            }
            // There is room for it, since the peer takes it before it sends more.
            self.stream.write_all(&self.buffer[..length])?;
            echo::echoed(length);
            if length < BUFFER {
                return Ok(());
            }
        }
    }
}

impl Server for Bare {
    const KIND: Kind = Limit;
    const NAME: &'static str = "a bare readiness loop";

    fn new(streams: Vec<net::TcpStream>) -> io::Result<Self> {
        let poll = Poll::new()?;
        let interest = Interest::READABLE | Interest::WRITABLE;
        let mut connections = Vec::new();
        for stream in streams {
            stream.set_nonblocking(true)?;
            let mut stream = TcpStream::from_std(stream);
            let token = Token(connections.len());
            let registry = poll.registry();
            registry.register(&mut stream, token, interest)?;
            connections.push(Connection {
                stream,
                buffer: [0; BUFFER],
            });
        }
        let events = Events::with_capacity(1024);
        Ok(Self {
            poll,
            events,
            connections,
        })
    }

    fn echo(&mut self) {
        while !echo::is_over() {
            self.poll.poll(&mut self.events, None).unwrap();
            for event in self.events.iter().filter(|event| event.is_readable()) {
                self.connections[event.token().0].ready().unwrap();
            }
        }
    }
}
