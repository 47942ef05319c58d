//! A client that says byte for byte what it is told to, over a wire in memory, on a loop whose clock stands still while
//! anything can happen. So nothing depends on the system, nor on time.
#![allow(dead_code, reason = "each test uses what it needs")]

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use futures_io::{AsyncRead, AsyncWrite};
use ioloop::{IoLoop, JoinHandle, spawn};
use web::{Application, Server};

pub(crate) const LOCAL: Option<IpAddr> = Some(IpAddr::V4(Ipv4Addr::LOCALHOST));

/// Runs a test on a loop with a virtual clock.
pub(crate) fn run<T>(test: impl AsyncFnOnce() -> T) -> T {
    let io_loop = IoLoop::virtual_time().unwrap();
    io_loop.block_on(test())
}

/// One direction of a wire.
#[derive(Default)]
struct Way {
    bytes: VecDeque<u8>,
    room: usize,
    closed: bool,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

impl Way {
    fn wake(&mut self) {
        for waker in [self.reader.take(), self.writer.take()] {
            waker.into_iter().for_each(Waker::wake);
        }
    }
}

/// One end of a wire.
pub(crate) struct End {
    incoming: Rc<RefCell<Way>>,
    outgoing: Rc<RefCell<Way>>,
}

/// A wire that takes up so many bytes in each direction.
pub(crate) fn wire(room: usize) -> (End, End) {
    let way = || {
        let way = Way {
            room,
            ..Way::default()
        };
        Rc::new(RefCell::new(way))
    };
    let (one, other) = (way(), way());
    let near = End {
        incoming: one.clone(),
        outgoing: other.clone(),
    };
    let far = End {
        incoming: other,
        outgoing: one,
    };
    (near, far)
}

impl AsyncRead for End {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let mut way = self.incoming.borrow_mut();
        if way.bytes.is_empty() && !way.closed {
            way.reader = Some(cx.waker().clone());
            return Poll::Pending;
        }
        let count = buf.len().min(way.bytes.len());
        for (place, byte) in buf.iter_mut().zip(way.bytes.drain(..count)) {
            *place = byte;
        }
        way.wake();
        Poll::Ready(Ok(count))
    }
}

impl AsyncWrite for End {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let mut way = self.outgoing.borrow_mut();
        if way.closed {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        let count = buf.len().min(way.room - way.bytes.len());
        if count == 0 {
            way.writer = Some(cx.waker().clone());
            return Poll::Pending;
        }
        way.bytes.extend(&buf[..count]);
        way.wake();
        Poll::Ready(Ok(count))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut way = self.outgoing.borrow_mut();
        way.closed = true;
        way.wake();
        Poll::Ready(Ok(()))
    }
}

impl Drop for End {
    fn drop(&mut self) {
        for way in [&self.incoming, &self.outgoing] {
            let mut way = way.borrow_mut();
            way.closed = true;
            way.wake();
        }
    }
}

/// The other side of a server, or of a client.
pub(crate) struct Peer {
    end: End,
    read: Vec<u8>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut pairs = self
            .head
            .lines()
            .skip(1)
            .filter_map(|line| line.split_once(": "));
        let (_, value) = pairs.find(|(known, _)| known.eq_ignore_ascii_case(name))?;
        Some(value)
    }
}

impl Peer {
    pub(crate) fn new(end: End) -> Self {
        Self {
            end,
            read: Vec::new(),
        }
    }

    /// A client of `server`, and the connection's task there.
    pub(crate) fn of(server: &Server) -> (Self, JoinHandle<()>) {
        Self::with_room(server, 1 << 20)
    }

    pub(crate) fn with_room(server: &Server, room: usize) -> (Self, JoinHandle<()>) {
        let (near, far) = wire(room);
        let served = spawn(server.serve(far, LOCAL));
        (Self::new(near), served)
    }

    /// Sends all of it, as fast as it is taken.
    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        assert!(self.try_send(bytes).await, "it is closed");
    }

    /// The same; false if the other side closes before all is taken.
    pub(crate) async fn try_send(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        let mut rest = bytes.as_ref();
        while !rest.is_empty() {
            match poll_fn(|cx| Pin::new(&mut self.end).poll_write(cx, rest)).await {
                Ok(count) => rest = &rest[count..],
                Err(_) => return false,
            }
        }
        true
    }

    /// Says that it will send no more.
    pub(crate) async fn close(&mut self) {
        poll_fn(|cx| Pin::new(&mut self.end).poll_close(cx))
            .await
            .unwrap();
    }

    /// Reads until there is `text`; gives all up to its end.
    pub(crate) async fn until(&mut self, text: &str) -> String {
        match self.try_until(text).await {
            Some(found) => found,
            None => {
                let so_far = String::from_utf8_lossy(&self.read);
                panic!("closed before {text:?} came: {so_far:?}");
            }
        }
    }

    async fn more(&mut self) -> bool {
        let mut buf = [0; 4096];
        let count = poll_fn(|cx| Pin::new(&mut self.end).poll_read(cx, &mut buf)).await;
        let count = count.unwrap();
        self.read.extend_from_slice(&buf[..count]);
        count > 0
    }

    /// All until the other side closes.
    pub(crate) async fn rest(&mut self) -> String {
        while self.more().await {}
        String::from_utf8(std::mem::take(&mut self.read)).unwrap()
    }

    /// One answer that has a length, or none and no body.
    pub(crate) async fn answer(&mut self) -> Answer {
        let head = self.until("\r\n\r\n").await;
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let mut answer = Answer {
            status,
            head,
            body: String::new(),
        };
        let length = answer.header("content-length").unwrap_or("0");
        let length: usize = length.parse().unwrap();
        while self.read.len() < length {
            assert!(self.more().await, "closed in the body");
        }
        let body = self.read.drain(..length).collect();
        answer.body = String::from_utf8(body).unwrap();
        answer
    }
}

/// What a server answers to one request, given as it is sent, without `\r\n\r\n` and `Host`.
pub(crate) fn ask(application: Application, request: &str) -> Answer {
    run(async || {
        let server = Server::new(application);
        let (mut peer, _) = Peer::of(&server);
        peer.send(format!("{request}\r\nHost: localhost\r\n\r\n"))
            .await;
        peer.answer().await
    })
}

/// All that a server says to these bytes, until it closes; with the client's side closed when they are sent.
pub(crate) fn say(application: Application, bytes: impl AsRef<[u8]>) -> String {
    run(async || {
        let server = Server::new(application);
        let (mut peer, served) = Peer::of(&server);
        peer.try_send(bytes).await;
        let rest = peer.rest().await;
        drop(peer);
        served.await.unwrap();
        rest
    })
}

impl Peer {
    /// The next byte; None at the end.
    pub(crate) async fn byte(&mut self) -> Option<u8> {
        if self.read.is_empty() && !self.more().await {
            return None;
        }
        Some(self.read.remove(0))
    }

    /// So many bytes.
    pub(crate) async fn bytes(&mut self, count: usize) -> Vec<u8> {
        while self.read.len() < count {
            assert!(self.more().await, "closed before {count} bytes came");
        }
        self.read.drain(..count).collect()
    }
}

impl Peer {
    /// As `until`; None if the other side closes before.
    pub(crate) async fn try_until(&mut self, text: &str) -> Option<String> {
        loop {
            let found = self
                .read
                .windows(text.len())
                .position(|w| w == text.as_bytes());
            if let Some(at) = found {
                let taken: Vec<u8> = self.read.drain(..at + text.len()).collect();
                return Some(String::from_utf8(taken).unwrap());
            }
            if !self.more().await {
                return None;
            }
        }
    }
}
