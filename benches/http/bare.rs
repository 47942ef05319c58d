//! The limit: a loop over what is ready, which answers every blank line, with nothing around it.

use std::io::{self, Read, Write};
use std::net;

use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};

use crate::contestants::Server;
use crate::cost::{Kind, Limit};
use crate::hello::REPLY;

/// Bytes of the buffer that each connection has; hyper begins with as many.
const BUFFER: usize = 8 << 10;

/// mio's events, and connections that are named by their place.
pub(crate) struct Bare;

struct Connection {
    stream: TcpStream,
    buffer: Box<[u8]>,
    /// Bytes of a request that has not ended.
    begun: usize,
    replies: Vec<u8>,
}

impl Connection {
    /// Answers while it is ready. A short read has taken all, so nothing asks whether there is more.
    fn ready(&mut self) -> io::Result<()> {
        loop {
            let room = self.buffer.len() - self.begun;
            let length = match self.stream.read(&mut self.buffer[self.begun..]) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                read => read?,
            };
            if length == 0 {
                return Ok(());
            }
            self.answer(self.begun + length)?;
            if length < room {
                return Ok(());
            }
        }
    }

    /// Answers all requests that have ended, at once, and keeps the beginning of the next.
    fn answer(&mut self, length: usize) -> io::Result<()> {
        let arrived = &self.buffer[..length];
        let mut over = 0;
        while let Some(end) = blank_line(&arrived[over..]) {
            over += end + 4;
            self.replies.extend_from_slice(REPLY);
        }
        // There is room for it, since the peer takes it before it sends more.
        self.stream.write_all(&self.replies)?;
        self.replies.clear();
        self.buffer.copy_within(over..length, 0);
        self.begun = length - over;
        Ok(())
    }
}

/// Where it begins.
fn blank_line(bytes: &[u8]) -> Option<usize> {
    bytes.windows(4).position(|four| four == b"\r\n\r\n")
}

impl Server for Bare {
    const KIND: Kind = Limit;
    const NAME: &'static str = "a bare readiness loop, and a fixed reply";

    fn serve(listener: net::TcpListener) -> io::Result<()> {
        const LISTENER: Token = Token(usize::MAX);
        listener.set_nonblocking(true)?;
        let mut listener = TcpListener::from_std(listener);
        let mut poll = Poll::new()?;
        let registry = poll.registry().try_clone()?;
        registry.register(&mut listener, LISTENER, Interest::READABLE)?;
        let mut connections: Vec<Connection> = Vec::new();
        let mut events = Events::with_capacity(1024);
        loop {
            poll.poll(&mut events, None)?;
            for event in &events {
                if event.token() != LISTENER {
                    if event.is_readable() {
                        connections[event.token().0].ready()?;
                    }
                    continue;
                }
                while let Ok((mut stream, _)) = listener.accept() {
                    stream.set_nodelay(true)?;
                    let token = Token(connections.len());
                    let interest = Interest::READABLE | Interest::WRITABLE;
                    registry.register(&mut stream, token, interest)?;
                    connections.push(Connection {
                        stream,
                        buffer: vec![0; BUFFER].into(),
                        begun: 0,
                        replies: Vec::new(),
                    });
                }
            }
        }
    }
}
