use std::fmt;

use tungstenite::Utf8Bytes;

/// Why a WebSocket is closed, as a number. Only those are here that may be sent: 1005, 1006 and 1015 are names for things
/// that are not said, and the rest is not given out.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct CloseCode(u16);

impl CloseCode {
    /// 1000: all is said.
    pub const NORMAL: Self = Self(1000);
    /// 1001: the server goes down, or the browser goes elsewhere.
    pub const GOING_AWAY: Self = Self(1001);
    /// 1002: that is no WebSocket protocol.
    pub const PROTOCOL: Self = Self(1002);
    /// 1003: a kind of message that is not taken, such as a binary one.
    pub const UNSUPPORTED: Self = Self(1003);
    /// 1007: a text that is not UTF-8.
    pub const INVALID: Self = Self(1007);
    /// 1008: against the rules of the place.
    pub const POLICY: Self = Self(1008);
    /// 1009: a message that is too long.
    pub const TOO_BIG: Self = Self(1009);
    /// 1011: an error of the server.
    pub const ERROR: Self = Self(1011);
    /// 1013: too much; try again later.
    pub const TRY_AGAIN_LATER: Self = Self(1013);

    /// The code with this number: 3000 to 4999 are free to use. None if it may not be sent.
    #[must_use]
    pub fn new(code: u16) -> Option<Self> {
        matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999).then_some(Self(code))
    }

    /// The number.
    #[must_use]
    pub fn get(self) -> u16 {
        self.0
    }
}

impl fmt::Display for CloseCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for CloseCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What is said at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloseFrame {
    /// Why.
    pub code: CloseCode,
    /// The same in words, or nothing. Of our own no more than 123 bytes are sent.
    pub reason: Utf8Bytes,
}

impl CloseFrame {
    pub(super) fn new(code: CloseCode, reason: &str) -> Self {
        let reason = &reason[..reason.floor_char_boundary(LONGEST_REASON)];
        Self {
            code,
            reason: reason.into(),
        }
    }

    /// What such a frame holds.
    pub(super) fn payload(this: Option<&Self>) -> Vec<u8> {
        let mut payload = Vec::new();
        if let Some(frame) = this {
            payload.extend_from_slice(&frame.code.get().to_be_bytes());
            payload.extend_from_slice(frame.reason.as_bytes());
        }
        payload
    }
}

/// A control frame has 125 bytes at most, and the code takes two.
const LONGEST_REASON: usize = 123;

impl fmt::Display for CloseFrame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.reason.as_str() {
            "" => write!(f, "{}", self.code),
            reason => write!(f, "{} {reason}", self.code),
        }
    }
}

/// How a connection came to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Closed {
    /// The other side closed it; it may have said why. That was answered.
    ByPeer(Option<CloseFrame>),
    /// This side did: by [`close`](super::WebSocket::close), or because the other side broke the protocol, or a limit, or
    /// the handler failed.
    ByUs(CloseFrame),
    /// It broke off, and nobody said anything.
    Lost,
}

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Closed::ByPeer(Some(frame)) => write!(f, "closed by the peer: {frame}"),
            Closed::ByPeer(None) => f.write_str("closed by the peer"),
            Closed::ByUs(frame) => write!(f, "closed: {frame}"),
            Closed::Lost => f.write_str("the connection is lost"),
        }
    }
}
