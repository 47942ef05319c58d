//! A client that speaks WebSocket frame by frame, broken ones too, over the wire in memory; and a handler that keeps what
//! it is told.
#![allow(dead_code, reason = "each test uses what it needs")]

use std::cell::RefCell;
use std::rc::Rc;

use bytes::Bytes;
use ioloop::{JoinHandle, yield_now};
use web::{
    Application, Closed, Message, Request, Server, WebSocket, WebSocketHandler, WebSocketLimits,
};

use crate::wire::{Peer, run};

// The first byte of a frame that is a whole message, or of control.
pub(crate) const TEXT: u8 = 0x81;
pub(crate) const BINARY: u8 = 0x82;
pub(crate) const CLOSE: u8 = 0x88;
pub(crate) const PING: u8 = 0x89;
pub(crate) const PONG: u8 = 0x8a;
/// Without this bit there is more to come.
pub(crate) const FINAL: u8 = 0x80;

/// What a client says first. The key is that of RFC 6455, section 1.3.
pub(crate) const ASKS: &str = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n\
    Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

/// The header of a client's frame that promises so many bytes.
pub(crate) fn promise(first: u8, length: u64) -> Vec<u8> {
    let mut header = vec![first];
    match length {
        0..126 => header.push(0x80 | length as u8),
        126..65536 => {
            header.push(0x80 | 126);
            header.extend((length as u16).to_be_bytes());
        }
        _ => {
            header.push(0x80 | 127);
            header.extend(length.to_be_bytes());
        }
    }
    header.extend(MASK);
    header
}

/// What `payload` is on the way.
pub(crate) fn masked(payload: &[u8]) -> Vec<u8> {
    let pairs = payload.iter().zip(MASK.iter().cycle());
    pairs.map(|(byte, key)| byte ^ key).collect()
}

/// A client's frame.
pub(crate) fn frame(first: u8, payload: impl AsRef<[u8]>) -> Vec<u8> {
    let payload = payload.as_ref();
    [promise(first, payload.len() as u64), masked(payload)].concat()
}

/// What a close frame holds.
pub(crate) fn says(code: u16, reason: &str) -> Vec<u8> {
    [&code.to_be_bytes(), reason.as_bytes()].concat()
}

/// A server's frame: its first byte, and what it holds.
pub(crate) type Frame = (u8, Vec<u8>);

/// A close frame of the server.
pub(crate) fn closes(code: u16, reason: &str) -> Frame {
    (CLOSE, says(code, reason))
}

impl Peer {
    /// The next frame, which is not masked, and whose length takes as few bytes as it can. None at the end.
    pub(crate) async fn frame(&mut self) -> Option<Frame> {
        let first = self.byte().await?;
        let size = match self.byte().await.unwrap() {
            short @ 0..126 => usize::from(short),
            126 => self.length(2, 126).await,
            127 => self.length(8, 1 << 16).await,
            masked => panic!("a server masks: {masked}"),
        };
        Some((first, self.bytes(size).await))
    }

    async fn length(&mut self, bytes: usize, least: usize) -> usize {
        let bytes = self.bytes(bytes).await.into_iter();
        let length = bytes.fold(0, |length, byte| length << 8 | usize::from(byte));
        assert!(length >= least, "{length} in more bytes than it takes");
        length
    }

    /// All frames until the server closes.
    pub(crate) async fn frames(&mut self) -> Vec<Frame> {
        let mut frames = Vec::new();
        while let Some(frame) = self.frame().await {
            frames.push(frame);
        }
        frames
    }

    /// A client of `server` whose WebSocket is open.
    pub(crate) async fn open(server: &Server) -> (Self, JoinHandle<()>) {
        Self::open_with_room(server, 1 << 20).await
    }

    pub(crate) async fn open_with_room(server: &Server, room: usize) -> (Self, JoinHandle<()>) {
        let (mut peer, served) = Self::with_room(server, room);
        peer.send(ASKS).await;
        let head = peer.until("\r\n\r\n").await;
        assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
        (peer, served)
    }
}

/// Lets all others do what they can.
pub(crate) async fn turns() {
    for _ in 0..10 {
        yield_now().await;
    }
}

/// What the handlers of a server were told, in order, and the last one's socket.
#[derive(Clone, Default)]
pub(crate) struct Told {
    lines: Rc<RefCell<Vec<String>>>,
    socket: Rc<RefCell<Option<WebSocket>>>,
}

impl Told {
    pub(crate) fn tell(&self, line: impl Into<String>) {
        self.lines.borrow_mut().push(line.into());
    }

    /// What was told since this was asked last.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.lines.take()
    }

    pub(crate) fn socket(&self) -> WebSocket {
        self.socket.borrow().clone().expect("none is open")
    }
}

/// Tells of each call, and does `does` with each message.
pub(crate) struct Tells<F> {
    pub(crate) told: Told,
    pub(crate) limits: WebSocketLimits,
    pub(crate) does: F,
}

impl<F> WebSocketHandler for Tells<F>
where
    F: AsyncFnMut(&WebSocket, Message) -> web::Result + 'static,
{
    fn limits(&self) -> WebSocketLimits {
        self.limits.clone()
    }

    async fn open(&mut self, socket: &WebSocket, _: Request) -> web::Result {
        *self.told.socket.borrow_mut() = Some(socket.clone());
        self.told.tell("open");
        Ok(())
    }

    async fn on_message(&mut self, socket: &WebSocket, message: Message) -> web::Result {
        self.told.tell(match &message {
            Message::Text(text) => format!("text {text}"),
            Message::Binary(bytes) => format!("binary {bytes:?}"),
        });
        (self.does)(socket, message).await
    }

    fn on_ping(&mut self, _: &WebSocket, bytes: &Bytes) {
        self.told.tell(format!("ping {bytes:?}"));
    }

    fn on_pong(&mut self, _: &WebSocket, bytes: &Bytes) {
        self.told.tell(format!("pong {bytes:?}"));
    }

    fn on_close(&mut self, closed: &Closed) {
        self.told.tell(closed.to_string());
    }
}

/// A server whose handlers tell `told`, and do `does` with each message.
pub(crate) fn telling<F>(told: &Told, limits: WebSocketLimits, does: F) -> Server
where
    F: AsyncFnMut(&WebSocket, Message) -> web::Result + Clone + 'static,
{
    let told = told.clone();
    let application = Application::new().websocket("/", move || Tells {
        told: told.clone(),
        limits: limits.clone(),
        does: does.clone(),
    });
    Server::new(application)
}

/// Says what it is told.
pub(crate) async fn echo(socket: &WebSocket, message: Message) -> web::Result {
    Ok(socket.write_message(message)?)
}

/// A server that says what it is told, with the default limits.
pub(crate) fn echoing(told: &Told) -> Server {
    telling(told, WebSocketLimits::default(), echo)
}

/// What a client gets that sends `bytes` to one that echoes, and what its handler was told after it was opened. The
/// client closes when the server has said that it does.
pub(crate) fn said(bytes: impl AsRef<[u8]>) -> (Vec<Frame>, Vec<String>) {
    said_within(WebSocketLimits::default(), bytes)
}

pub(crate) fn said_within(
    limits: WebSocketLimits,
    bytes: impl AsRef<[u8]>,
) -> (Vec<Frame>, Vec<String>) {
    run(async || {
        let told = Told::default();
        let server = telling(&told, limits, echo);
        let (mut peer, served) = Peer::open(&server).await;
        assert_eq!(told.lines(), ["open"]);
        peer.try_send(bytes).await;
        let frames = peer.frames().await;
        drop(peer);
        served.await.unwrap();
        (frames, told.lines())
    })
}
