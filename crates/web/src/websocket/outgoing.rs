//! What waits to be sent.

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_io::AsyncWrite;
use tungstenite::protocol::frame::FrameHeader;
use tungstenite::protocol::frame::coding::{Control, Data, OpCode};

use super::Side;
use super::close::CloseFrame;
use super::incoming::unmask;
use super::message::Message;

/// So many pieces go to the system in one call, at most.
const SLICES: usize = 64;

/// A frame, in two pieces, so that those who get the same message share its bytes.
struct Piece {
    header: [u8; 14],
    header_len: u8,
    payload: Bytes,
}

impl Piece {
    /// A whole message, or a control frame. A client masks what it sends, with a new mask each time.
    fn new(side: Side, opcode: OpCode, mut payload: Bytes) -> Self {
        let mask = match side {
            Side::Server => None,
            Side::Client => {
                let mut mask = [0; 4];
                getrandom::fill(&mut mask).expect("the system has no random numbers");
                let mut masked = Vec::from(payload);
                unmask(&mut masked, mask, 0);
                payload = masked.into();
                Some(mask)
            }
        };
        let frame = FrameHeader {
            opcode,
            mask,
            ..FrameHeader::default()
        };
        let mut header = [0; 14];
        let mut left = &mut header[..];
        frame
            .format(payload.len() as u64, &mut left)
            .expect("a header has 14 bytes at most");
        let left = left.len();
        Self {
            header,
            header_len: (14 - left) as u8,
            payload,
        }
    }

    fn header(&self) -> &[u8] {
        &self.header[..self.header_len.into()]
    }

    fn len(&self) -> usize {
        self.header().len() + self.payload.len()
    }
}

/// The frames that wait, first in, first out; but a pong goes before them, and there is one at most: of several pings
/// only the last one must be answered.
pub(super) struct Outgoing {
    side: Side,
    queue: VecDeque<Piece>,
    bytes: usize,
    /// How much of the first one is gone.
    sent: usize,
    pong: Option<Piece>,
    /// The first one is a pong, too.
    pong_first: bool,
    /// The stream may hold back some of what is gone.
    unflushed: bool,
    /// Something has gone since somebody looked.
    moved: bool,
}

impl Outgoing {
    pub(super) fn new(side: Side) -> Self {
        Self {
            side,
            queue: VecDeque::new(),
            bytes: 0,
            sent: 0,
            pong: None,
            pong_first: false,
            unflushed: false,
            moved: false,
        }
    }

    pub(super) fn frames(&self) -> usize {
        self.queue.len()
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn is_empty(&self) -> bool {
        self.queue.is_empty() && self.pong.is_none() && !self.unflushed
    }

    /// Whether something waits, and nothing has gone since this was asked last.
    pub(super) fn stalls(&mut self) -> bool {
        !std::mem::take(&mut self.moved) && !self.is_empty()
    }

    pub(super) fn push(&mut self, message: Message) {
        let (kind, payload) = match message {
            Message::Text(text) => (Data::Text, text.into()),
            Message::Binary(bytes) => (Data::Binary, bytes),
        };
        self.queued(OpCode::Data(kind), payload);
    }

    pub(super) fn ping(&mut self, payload: Bytes) {
        self.queued(OpCode::Control(Control::Ping), payload);
    }

    pub(super) fn close(&mut self, frame: Option<&CloseFrame>) {
        // Nothing goes out after it.
        if let Some(pong) = self.pong.take() {
            self.bytes += pong.len();
            self.queue.push_back(pong);
        }
        let payload = CloseFrame::payload(frame).into();
        self.queued(OpCode::Control(Control::Close), payload);
    }

    fn queued(&mut self, opcode: OpCode, payload: Bytes) {
        let piece = Piece::new(self.side, opcode, payload);
        self.bytes += piece.len();
        self.queue.push_back(piece);
    }

    pub(super) fn pong(&mut self, payload: Bytes) {
        let pong = OpCode::Control(Control::Pong);
        self.pong = Some(Piece::new(self.side, pong, payload));
    }

    /// Forgets what waits; but what has begun must be finished.
    pub(super) fn clear(&mut self) {
        self.pong = None;
        self.queue.truncate(usize::from(self.sent > 0));
        self.pong_first &= self.sent > 0;
        self.bytes = self.queue.iter().map(Piece::len).sum();
    }

    /// All that is left to send; here there is nothing any more.
    pub(super) fn take(&mut self) -> Self {
        let nothing = Self::new(self.side);
        std::mem::replace(self, nothing)
    }

    /// Sends what there is. Ready when there is no more.
    pub(super) fn poll_write(
        &mut self,
        mut stream: Pin<&mut impl AsyncWrite>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            if self.sent == 0
                && let Some(pong) = self.pong.take()
            {
                if self.pong_first {
                    self.pop();
                }
                self.bytes += pong.len();
                self.queue.push_front(pong);
                self.pong_first = true;
            }
            if self.queue.is_empty() {
                self.queue = VecDeque::new(); // who waits has no buffer
                if self.unflushed {
                    ready!(stream.poll_flush(cx))?;
                    self.unflushed = false;
                }
                return Poll::Ready(Ok(()));
            }
            let mut slices = [IoSlice::new(&[]); SLICES];
            let mut used = 0;
            let mut skip = self.sent;
            for piece in self.queue.iter().take(SLICES / 2) {
                for part in [piece.header(), &piece.payload] {
                    let gone = skip.min(part.len());
                    skip -= gone;
                    if gone < part.len() {
                        slices[used] = IoSlice::new(&part[gone..]);
                        used += 1;
                    }
                }
            }
            let count = ready!(stream.as_mut().poll_write_vectored(cx, &slices[..used]))?;
            if count == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.unflushed = true;
            self.moved = true;
            self.advance(count);
        }
    }

    fn advance(&mut self, count: usize) {
        self.sent += count;
        while let Some(first) = self.queue.front()
            && self.sent >= first.len()
        {
            self.sent -= first.len();
            self.pop();
        }
    }

    fn pop(&mut self) {
        let first = self.queue.pop_front();
        self.bytes -= first.map_or(0, |first| first.len());
        self.pong_first = false;
    }
}
