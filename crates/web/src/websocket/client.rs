use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;

use executor::{Receiver, Sender, channel};

use super::Side;
use super::close::{CloseCode, Closed};
use super::handler::WebSocketHandler;
use super::limits::WebSocketLimits;
use super::message::Message;
use super::session::{self, Begin};
use super::socket::WebSocket;
use crate::error::Result;
use crate::upgrade::Upgraded;

/// So many messages that nobody has read yet are kept.
const UNREAD: usize = 16;

/// The client's end of a WebSocket: Tornado's `WebSocketClientConnection`. Made by
/// [`AsyncHttpClient::websocket`](crate::AsyncHttpClient::websocket). Dropped, it is closed.
///
/// Read on, also if you wait for nothing: after 16 messages that nobody has read the server has to wait, for its pings'
/// answers too.
pub struct WebSocketConnection {
    socket: WebSocket,
    messages: Receiver<Message>,
    closed: Rc<RefCell<Option<Closed>>>,
    protocol: Option<String>,
}

impl WebSocketConnection {
    /// On a connection that has left HTTP.
    pub(crate) fn new(stream: Upgraded, limits: WebSocketLimits, protocol: Option<String>) -> Self {
        let socket = WebSocket::new(Side::Client, limits);
        let (sender, messages) = channel(UNREAD);
        let closed = Rc::default();
        let handler = Hand {
            sender,
            closed: Rc::clone(&closed),
        };
        let begin = Begin {
            socket: socket.clone(),
            side: Side::Client,
            handler,
            request: None,
            summary: None,
        };
        drop(ioloop::spawn(session::run(begin, stream)));
        Self {
            socket,
            messages,
            closed,
            protocol,
        }
    }

    /// Which of the protocols that the request's `Sec-WebSocket-Protocol` offers the server has chosen, if any.
    pub fn subprotocol(&self) -> Option<&str> {
        self.protocol.as_deref()
    }

    /// To say something by, and to close it.
    pub fn socket(&self) -> &WebSocket {
        &self.socket
    }

    /// The next message; None if there will be no more, and then [`closed`](WebSocketConnection::closed) says why. Given up,
    /// it loses nothing.
    pub async fn read_message(&mut self) -> Option<Message> {
        self.messages.recv().await
    }

    /// How it came to its end, if it did.
    pub fn closed(&self) -> Option<Closed> {
        self.closed.borrow().clone()
    }
}

impl Drop for WebSocketConnection {
    fn drop(&mut self) {
        self.socket.close(CloseCode::GOING_AWAY, "");
    }
}

impl fmt::Debug for WebSocketConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebSocketConnection")
            .field("socket", &self.socket)
            .field("closed", &self.closed)
            .finish_non_exhaustive()
    }
}

/// Hands messages to who reads them.
struct Hand {
    sender: Sender<Message>,
    closed: Rc<RefCell<Option<Closed>>>,
}

impl WebSocketHandler for Hand {
    async fn on_message(&mut self, _: &WebSocket, message: Message) -> Result {
        // If nobody reads any more it is being closed.
        let _ = self.sender.send(message).await;
        Ok(())
    }

    fn on_close(&mut self, closed: &Closed) {
        *self.closed.borrow_mut() = Some(closed.clone());
    }
}
