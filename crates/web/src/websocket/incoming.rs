//! From bytes, however they were cut, to messages. It does no I/O.
//!
//! The layout of a header is tungstenite's to know. What is here is what comes after it: that a text is checked as its
//! bytes come and not when it is complete, that memory grows by what came and not by what a header promises, and that a
//! connection which waits has no buffer.

#[cfg(test)]
mod tests;

use std::io::Cursor;
use std::str;

use bytes::Bytes;
use tungstenite::Utf8Bytes;
use tungstenite::protocol::frame::FrameHeader;
use tungstenite::protocol::frame::coding::{Control, Data, OpCode};

use super::Side;
use super::close::{CloseCode, CloseFrame};
use super::message::Message;

/// What has come.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Event {
    Message(Message),
    Ping(Bytes),
    Pong(Bytes),
    Close(Option<CloseFrame>),
}

/// What the peer may not do.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Violation {
    pub(super) code: CloseCode,
    pub(super) reason: &'static str,
}

fn protocol(reason: &'static str) -> Violation {
    let code = CloseCode::PROTOCOL;
    Violation { code, reason }
}

fn too_big(reason: &'static str) -> Violation {
    let code = CloseCode::TOO_BIG;
    Violation { code, reason }
}

const NOT_UTF8: Violation = Violation {
    code: CloseCode::INVALID,
    reason: "not UTF-8",
};

/// The longest header, and the most that a control frame holds.
const LONGEST_HEADER: usize = 14;
const LONGEST_CONTROL: u64 = 125;

/// A message may come in so many fragments, and one more for each so many bytes: so those who send empty ones for ever do
/// not get away with it.
const FRAGMENTS: usize = 1024;
const BYTES_A_FRAGMENT: usize = 32;

/// What has come so far of what is not complete.
pub(super) struct Incoming {
    /// Who we are.
    side: Side,
    /// How long a message may be.
    longest: usize,
    header: [u8; LONGEST_HEADER],
    /// How much of it there is.
    known: usize,
    frame: Option<Frame>,
    /// Whether the message that is under way is a text.
    message: Option<Data>,
    content: Vec<u8>,
    fragments: usize,
    /// So much of a text is known to be UTF-8.
    checked: usize,
    control: Vec<u8>,
}

/// A frame whose header has come.
struct Frame {
    header: FrameHeader,
    /// How much is yet to come.
    left: u64,
    /// How much has.
    at: u64,
}

impl Incoming {
    pub(super) fn new(side: Side, longest: usize) -> Self {
        Self {
            side,
            longest,
            header: [0; LONGEST_HEADER],
            known: 0,
            frame: None,
            message: None,
            content: Vec::new(),
            fragments: 0,
            checked: 0,
            control: Vec::new(),
        }
    }

    /// Takes from `input` until something is complete, or all is taken.
    pub(super) fn next(&mut self, input: &mut &[u8]) -> Result<Option<Event>, Violation> {
        loop {
            if self.frame.is_none() && !self.begin(input)? {
                return Ok(None);
            }
            let Some(frame) = &mut self.frame else {
                return Ok(None);
            };
            let count = usize::try_from(frame.left).unwrap_or(usize::MAX);
            let count = count.min(input.len());
            let (taken, rest) = input.split_at(count);
            *input = rest;
            let place = match frame.header.opcode {
                OpCode::Control(_) => &mut self.control,
                OpCode::Data(_) => &mut self.content,
            };
            let from = place.len();
            place.extend_from_slice(taken);
            if let Some(mask) = frame.header.mask {
                unmask(&mut place[from..], mask, frame.at);
            }
            frame.at += count as u64;
            frame.left -= count as u64;
            let complete = frame.left == 0;
            let header = frame.header.clone();
            if self.message == Some(Data::Text) && matches!(header.opcode, OpCode::Data(_)) {
                self.check()?;
            }
            if !complete {
                return Ok(None);
            }
            self.frame = None;
            match header.opcode {
                OpCode::Control(kind) => return self.controlled(kind).map(Some),
                OpCode::Data(_) if header.is_final => return self.whole().map(Some),
                OpCode::Data(_) => {}
            }
        }
    }

    /// Takes what is missing of a header. False if it is not complete.
    fn begin(&mut self, input: &mut &[u8]) -> Result<bool, Violation> {
        let before = self.known;
        let count = input.len().min(LONGEST_HEADER - before);
        self.header[before..before + count].copy_from_slice(&input[..count]);
        let mut cursor = Cursor::new(&self.header[..before + count]);
        let parsed = FrameHeader::parse(&mut cursor).map_err(|_| protocol("a reserved opcode"))?;
        let Some((header, length)) = parsed else {
            self.known = before + count;
            *input = &input[count..];
            return Ok(false);
        };
        let size = header.len(length);
        if cursor.position() != size as u64 {
            return Err(protocol("a length in more bytes than it takes"));
        }
        *input = &input[size - before..];
        self.known = 0;
        self.allow(&header, length)?;
        self.frame = Some(Frame {
            header,
            left: length,
            at: 0,
        });
        Ok(true)
    }

    /// Whether such a frame may come now.
    fn allow(&mut self, header: &FrameHeader, length: u64) -> Result<(), Violation> {
        if header.rsv1 || header.rsv2 || header.rsv3 {
            return Err(protocol("a reserved bit"));
        }
        match (self.side, header.mask) {
            (Side::Server, None) => return Err(protocol("a frame that is not masked")),
            (Side::Client, Some(_)) => return Err(protocol("a frame that is masked")),
            _ => {}
        }
        if length >> 63 != 0 {
            return Err(protocol("a length with the first bit set"));
        }
        match (header.opcode, self.message) {
            (OpCode::Control(_), _) if !header.is_final => {
                return Err(protocol("a control frame in fragments"));
            }
            (OpCode::Control(_), _) if length > LONGEST_CONTROL => {
                return Err(protocol("a control frame of more than 125 bytes"));
            }
            (OpCode::Control(_), _) => return Ok(()),
            (OpCode::Data(Data::Continue), None) => {
                return Err(protocol("it goes on with what did not begin"));
            }
            (OpCode::Data(Data::Continue), Some(_)) => {}
            (OpCode::Data(_), Some(_)) => {
                return Err(protocol("a message in the middle of another"));
            }
            (OpCode::Data(kind), None) => self.message = Some(kind),
        }
        let room = (self.longest - self.content.len()) as u64;
        if length > room {
            return Err(too_big("message too big"));
        }
        self.fragments += 1;
        if self.fragments > FRAGMENTS + self.content.len() / BYTES_A_FRAGMENT {
            return Err(too_big("a message in too many fragments"));
        }
        Ok(())
    }

    /// Looks at what has come of a text since the last look. Of a character that is cut only its beginning can be looked at.
    fn check(&mut self) -> Result<(), Violation> {
        match str::from_utf8(&self.content[self.checked..]) {
            Ok(_) => self.checked = self.content.len(),
            Err(error) if error.error_len().is_some() => return Err(NOT_UTF8),
            Err(error) => self.checked += error.valid_up_to(),
        }
        Ok(())
    }

    fn whole(&mut self) -> Result<Event, Violation> {
        let kind = self.message.take();
        let content = Bytes::from(std::mem::take(&mut self.content));
        self.fragments = 0;
        self.checked = 0;
        Ok(Event::Message(match kind {
            // A character that is cut at the very end is found here.
            Some(Data::Text) => Message::Text(Utf8Bytes::try_from(content).map_err(|_| NOT_UTF8)?),
            _ => Message::Binary(content),
        }))
    }

    fn controlled(&mut self, kind: Control) -> Result<Event, Violation> {
        let content = Bytes::from(std::mem::take(&mut self.control));
        match kind {
            Control::Ping => Ok(Event::Ping(content)),
            Control::Pong => Ok(Event::Pong(content)),
            Control::Close => closed(&content).map(Event::Close),
            Control::Reserved(_) => Err(protocol("a reserved opcode")),
        }
    }
}

/// What a close frame says.
fn closed(content: &Bytes) -> Result<Option<CloseFrame>, Violation> {
    let code = match content[..] {
        [] => return Ok(None),
        [_] => return Err(protocol("half a close code")),
        [high, low, ..] => u16::from_be_bytes([high, low]),
    };
    let code = CloseCode::new(code).ok_or(protocol("a close code that may not be sent"))?;
    let reason = Utf8Bytes::try_from(content.slice(2..)).map_err(|_| NOT_UTF8)?;
    Ok(Some(CloseFrame { code, reason }))
}

/// Masks, or undoes it: it is the same. `at` is where in its frame it begins.
pub(super) fn unmask(bytes: &mut [u8], mut mask: [u8; 4], at: u64) {
    mask.rotate_left((at % 4) as usize);
    let [a, b, c, d] = mask;
    let wide = u64::from_ne_bytes([a, b, c, d, a, b, c, d]);
    let (words, rest) = bytes.as_chunks_mut::<8>();
    for word in words {
        *word = (u64::from_ne_bytes(*word) ^ wide).to_ne_bytes();
    }
    for (byte, key) in rest.iter_mut().zip(mask.iter().cycle()) {
        *byte ^= key;
    }
}
