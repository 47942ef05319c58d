//! WebSocket: both sides may speak, when they like. RFC 6455.

mod client;
mod close;
mod handler;
mod handshake;
mod incoming;
mod limits;
mod message;
mod origin;
mod outgoing;
mod session;
mod socket;

pub use client::WebSocketConnection;
pub use close::{CloseCode, CloseFrame, Closed};
pub use handler::WebSocketHandler;
pub use limits::WebSocketLimits;
pub use message::Message;
pub use origin::same_origin;
pub use socket::{Drained, WebSocket, WriteError};

pub(crate) use handler::Opening;
pub(crate) use handshake::{is_accepted, offered};

/// Which side of a connection we are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Server,
    Client,
}
