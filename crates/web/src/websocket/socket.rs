use std::cell::{Cell, RefCell};
use std::error::Error;
use std::fmt;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use futures_io::AsyncWrite;
use serde::Serialize;

use super::Side;
use super::close::{CloseCode, CloseFrame};
use super::limits::WebSocketLimits;
use super::message::Message;
use super::outgoing::Outgoing;

/// One end of a WebSocket, to say something by: what Tornado's `WebSocketHandler` has in its methods. Clones are the same
/// end; keep one where others can find it, and they can speak to this client.
///
/// What is written is queued, and sent by the connection's own task when what runs now gives the others a turn: so what
/// is said to one client in one turn goes out in one call of the system. The queue has [limits](WebSocketLimits), and who
/// reads too slowly is dropped: nobody else waits for him.
#[derive(Clone)]
pub struct WebSocket {
    shared: Rc<Shared>,
}

struct Shared {
    limits: WebSocketLimits,
    outgoing: RefCell<Outgoing>,
    state: RefCell<State>,
    /// The connection's task.
    task: Cell<Option<Waker>>,
    /// Who waits until all is sent.
    drained: RefCell<Vec<Waker>>,
}

/// How far it has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum State {
    Open,
    /// We have said that it ends, and wait for the other side to say so.
    Closing(CloseFrame),
    /// Nothing more can be said.
    Closed,
}

impl WebSocket {
    pub(super) fn new(side: Side, limits: WebSocketLimits) -> Self {
        Self {
            shared: Rc::new(Shared {
                limits,
                outgoing: RefCell::new(Outgoing::new(side)),
                state: RefCell::new(State::Open),
                task: Cell::default(),
                drained: RefCell::default(),
            }),
        }
    }

    /// Says `message`. It is sent in order, and not lost while the connection lives.
    ///
    /// # Errors
    ///
    /// The connection is closed, or is being closed; or too much waits to be sent, and it is closed now.
    pub fn write_message(&self, message: impl Into<Message>) -> Result<(), WriteError> {
        self.assert_open()?;
        let message = message.into();
        self.reserve(message.len())?;
        self.shared.outgoing.borrow_mut().push(message);
        self.wake();
        Ok(())
    }

    /// Says `value` as JSON, in a text: what Tornado's `write_message` does with a `dict`.
    ///
    /// # Errors
    ///
    /// As [`write_message`](WebSocket::write_message); or JSON cannot say it.
    pub fn write_json(&self, value: &(impl Serialize + ?Sized)) -> Result<(), WriteError> {
        let text = serde_json::to_string(value).map_err(WriteError::Json)?;
        self.write_message(text)
    }

    /// Asks for a pong with the same bytes. Pings that show whether the peer is there are sent
    /// [anyway](WebSocketLimits::ping_interval).
    ///
    /// # Errors
    ///
    /// As [`write_message`](WebSocket::write_message); or there are more than 125 bytes.
    pub fn ping(&self, bytes: impl Into<Bytes>) -> Result<(), WriteError> {
        let bytes = bytes.into();
        if bytes.len() > 125 {
            return Err(WriteError::LongPing);
        }
        self.assert_open()?;
        self.reserve(bytes.len())?;
        self.shared.outgoing.borrow_mut().ping(bytes);
        self.wake();
        Ok(())
    }

    fn assert_open(&self) -> Result<(), WriteError> {
        match self.is_closed() {
            true => Err(WriteError::Closed),
            false => Ok(()),
        }
    }

    /// Whether there is room for so many bytes more.
    fn reserve(&self, more: usize) -> Result<(), WriteError> {
        let outgoing = self.shared.outgoing.borrow();
        let limits = &self.shared.limits;
        let full = outgoing.frames() >= limits.queue_messages
            || (outgoing.frames() > 0 && outgoing.bytes() + more > limits.queue_bytes);
        drop(outgoing);
        if full {
            self.shared.outgoing.borrow_mut().clear();
            self.close(CloseCode::TRY_AGAIN_LATER, "too slow");
            return Err(WriteError::TooSlow);
        }
        Ok(())
    }

    /// Closes it, when what was written before is sent. The other side gets `code` and `reason` (123 bytes of it at most),
    /// and is waited for as long as the [limits](WebSocketLimits::close) say. If it is closed already nothing happens.
    pub fn close(&self, code: CloseCode, reason: &str) {
        if self.is_closed() {
            return;
        }
        let frame = CloseFrame::new(code, reason);
        self.shared.outgoing.borrow_mut().close(Some(&frame));
        *self.shared.state.borrow_mut() = State::Closing(frame);
        self.wake();
        self.wake_drained();
    }

    /// Whether nothing can be said any more: it is closed, or is being closed.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        *self.shared.state.borrow() != State::Open
    }

    /// How many messages wait to be sent.
    #[must_use]
    pub fn queued(&self) -> usize {
        self.shared.outgoing.borrow().frames()
    }

    /// Waits until all that was written is with the system: who has much to say awaits it now and then, and so speaks no
    /// faster than the other side reads.
    pub fn drained(&self) -> Drained<'_> {
        Drained { socket: self }
    }

    // For its session

    pub(super) fn limits(&self) -> &WebSocketLimits {
        &self.shared.limits
    }

    pub(super) fn state(&self) -> State {
        self.shared.state.borrow().clone()
    }

    pub(super) fn pong(&self, bytes: Bytes) {
        if !self.is_closed() {
            self.shared.outgoing.borrow_mut().pong(bytes);
        }
    }

    /// Whether something waits to be sent, and nothing has gone out since this was asked last.
    pub(super) fn stalls(&self) -> bool {
        self.shared.outgoing.borrow_mut().stalls()
    }

    /// A ping that asks whether the peer is there. If something waits to be sent that does as well.
    pub(super) fn ping_if_idle(&self) {
        let mut outgoing = self.shared.outgoing.borrow_mut();
        if outgoing.is_empty() {
            outgoing.ping(Bytes::new());
            drop(outgoing);
            self.wake();
        }
    }

    /// The peer has said that it ends: answers the same.
    pub(super) fn answer_close(&self, frame: Option<&CloseFrame>) {
        self.shared.outgoing.borrow_mut().close(frame);
    }

    /// Nothing can be said any more. Gives what is still to be sent: who keeps this keeps none of it.
    pub(super) fn over(&self) -> Outgoing {
        *self.shared.state.borrow_mut() = State::Closed;
        self.wake_drained();
        self.shared.outgoing.borrow_mut().take()
    }

    /// Nobody is woken any more when there is something to do for the connection. Gives who was.
    pub(super) fn leave(&self) -> Option<Waker> {
        self.shared.task.take()
    }

    /// Who is to be woken. `last` is who was.
    pub(super) fn attend(&self, last: Option<Waker>, cx: &Context<'_>) {
        let same = last.filter(|last| last.will_wake(cx.waker()));
        let waker = same.unwrap_or_else(|| cx.waker().clone());
        self.shared.task.set(Some(waker));
    }

    fn wake(&self) {
        if let Some(task) = self.leave() {
            task.wake();
        }
    }

    fn wake_drained(&self) {
        let waiting = self.shared.drained.take();
        waiting.into_iter().for_each(Waker::wake);
    }

    /// Sends what waits. Ready when there is no more, or it cannot be sent.
    pub(super) fn poll_write(
        &self,
        stream: Pin<&mut impl AsyncWrite>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        let written = self.shared.outgoing.borrow_mut().poll_write(stream, cx);
        if written.is_ready() {
            self.wake_drained();
        }
        written
    }
}

impl fmt::Debug for WebSocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebSocket")
            .field("state", &self.state())
            .field("queued", &self.queued())
            .finish_non_exhaustive()
    }
}

/// Waits until all is sent. Made by [`WebSocket::drained`].
#[must_use = "futures do nothing unless awaited"]
#[derive(Debug)]
pub struct Drained<'a> {
    socket: &'a WebSocket,
}

impl Future for Drained<'_> {
    type Output = Result<(), WriteError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let shared = &self.socket.shared;
        self.socket.assert_open()?;
        if shared.outgoing.borrow().is_empty() {
            return Poll::Ready(Ok(()));
        }
        let mut waiting = shared.drained.borrow_mut();
        if !waiting.iter().any(|waker| waker.will_wake(cx.waker())) {
            waiting.push(cx.waker().clone());
        }
        Poll::Pending
    }
}

/// Why something cannot be said.
#[derive(Debug)]
#[non_exhaustive]
pub enum WriteError {
    /// The connection is closed, or is being closed: Tornado's `WebSocketClosedError`.
    Closed,
    /// The other side reads too slowly: too much waits to be sent. The connection is closed now.
    TooSlow,
    /// A ping has 125 bytes at most.
    LongPing,
    /// JSON cannot say it.
    Json(serde_json::Error),
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WriteError::Closed => f.write_str("the WebSocket is closed"),
            WriteError::TooSlow => f.write_str("the other side of the WebSocket reads too slowly"),
            WriteError::LongPing => f.write_str("a ping has 125 bytes at most"),
            WriteError::Json(error) => write!(f, "JSON cannot say it: {error}"),
        }
    }
}

impl Error for WriteError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            WriteError::Json(error) => Some(error),
            _ => None,
        }
    }
}
