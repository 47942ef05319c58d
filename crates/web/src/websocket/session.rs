//! A WebSocket from its first message to its end.
//!
//! ```text
//!            messages ┌──────┐
//!                     ▼      │       close, a limit, the server goes down
//!   open() ────────▶ Open ───┴─────────────────────────────────────────────▶ Closing
//!                     │                                                         │ reads on, for the peer's answer;
//!                     │ the peer closes; it breaks the protocol;                │ what else comes is passed over
//!                     │ an error or a panic of the handler                      │
//!                     ▼                                                         ▼
//!   on_close() ◀── Closed: what is queued goes out ◀─────────────────────────────
//! ```
//!
//! From each state it is over at once when the connection breaks, when nobody answers pings, and, in the last two, after
//! five seconds.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};

use futures_io::AsyncRead;
use ioloop::{Sleep, sleep, timeout, yield_now};

use super::Side;
use super::close::{CloseCode, CloseFrame, Closed};
use super::handler::WebSocketHandler;
use super::incoming::{Event, Incoming, Violation};
use super::socket::{State, WebSocket};
use crate::Request;
use crate::connection::close;
use crate::error::{HttpError, Result};
use crate::handler::{poll_caught, text_of};
use crate::io::arrivals;
use crate::upgrade::Upgraded;

/// After so many events of one connection the others have a turn.
const EVENTS_A_TURN: u32 = 32;

/// What ends the talk.
enum Ended {
    /// The peer closes.
    Asked(Option<CloseFrame>),
    /// We do, and wait for no answer.
    Failed,
    /// There is no connection any more.
    Lost,
    /// Nobody answers.
    TimedOut,
}

/// What a session has to begin with.
pub(super) struct Begin<H> {
    pub(super) socket: WebSocket,
    pub(super) side: Side,
    pub(super) handler: H,
    /// Boxed: it goes when `open` is over, and room for it in the session's future would stay.
    pub(super) request: Option<Box<Request>>,
    /// For the log. The request itself would keep the buffer that it was read into.
    pub(super) summary: Option<Box<str>>,
}

/// Runs one to its end.
pub(super) async fn run<H: WebSocketHandler>(begin: Begin<H>, stream: Upgraded) {
    let Begin { socket, side, .. } = begin;
    let stream = RefCell::new(stream);
    let mut guard = Guard {
        handler: begin.handler,
        socket: socket.clone(),
        summary: begin.summary,
        closed: false,
    };
    let life = Life::default();
    let ended = {
        let mut reading = Reading {
            incoming: Incoming::new(side, socket.limits().message),
            stream: &stream,
            rest: Vec::new(),
            at: 0,
        };
        let mut talk = pin!(guard.talk(begin.request, &mut reading, &life));
        let mut watch = Watch::new(&socket);
        poll_fn(|cx| {
            // What the handler says is sent below, in the same turn: nobody has to be woken for it.
            let waker = socket.leave();
            if stream.borrow().is_told_to_end(cx) {
                socket.close(CloseCode::GOING_AWAY, "the server goes down");
            }
            if let Poll::Ready(ended) = talk.as_mut().poll(cx) {
                return Poll::Ready(ended);
            }
            socket.attend(waker, cx);
            let written = socket.poll_write(Pin::new(&mut *stream.borrow_mut()), cx);
            if let Poll::Ready(Err(_)) = written {
                return Poll::Ready(Ended::Lost);
            }
            watch.poll(&socket, &life, cx)
        })
        .await
    };
    let last_words = matches!(ended, Ended::Asked(_) | Ended::Failed);
    let closed = closed(&socket, ended);
    if let Closed::ByPeer(frame) = &closed {
        socket.answer_close(frame.as_ref());
    }
    let mut rest = socket.over();
    guard.close(&closed);
    drop(guard);
    if last_words {
        let mut stream = stream.into_inner();
        let sent = poll_fn(|cx| rest.poll_write(Pin::new(&mut stream), cx));
        if let Ok(Ok(())) = timeout(socket.limits().close, sent).await {
            close(stream).await;
        }
    }
}

/// What the handler is told: who was the first to say that it ends.
fn closed(socket: &WebSocket, ended: Ended) -> Closed {
    match (socket.state(), ended) {
        (State::Closing(ours), _) => Closed::ByUs(ours),
        (_, Ended::Asked(theirs)) => Closed::ByPeer(theirs),
        _ => Closed::Lost,
    }
}

/// A handler that is told of the end, however that comes about.
struct Guard<H: WebSocketHandler> {
    handler: H,
    socket: WebSocket,
    summary: Option<Box<str>>,
    closed: bool,
}

impl<H: WebSocketHandler> Guard<H> {
    /// Reads what comes, and has it answered, until it ends.
    async fn talk(
        &mut self,
        request: Option<Box<Request>>,
        reading: &mut Reading<'_>,
        life: &Life,
    ) -> Ended {
        if let Some(request) = request {
            let opened = self.handler.open(&self.socket, *request);
            let opened = life.at_work(pin!(opened)).await;
            if let Err(error) = opened {
                return self.failed(&error);
            }
        }
        let mut events = 0;
        loop {
            let event = match poll_fn(|cx| reading.poll_event(life, cx)).await {
                Ok(event) => event,
                Err(Stop::Violation(violation)) => {
                    self.socket.close(violation.code, violation.reason);
                    return Ended::Failed;
                }
                Err(Stop::Gone) => return Ended::Lost,
            };
            let done = match event {
                Event::Close(frame) => return Ended::Asked(frame),
                // We have said that it ends: only the answer counts.
                _ if self.socket.is_closed() => Ok(()),
                Event::Message(message) => {
                    let done = self.handler.on_message(&self.socket, message);
                    life.at_work(pin!(done)).await
                }
                Event::Ping(bytes) => {
                    self.socket.pong(bytes.clone());
                    let done = told(|| self.handler.on_ping(&self.socket, &bytes));
                    // The answer goes out before the next one takes its place, if the peer takes it.
                    yield_now().await;
                    done
                }
                Event::Pong(bytes) => told(|| self.handler.on_pong(&self.socket, &bytes)),
            };
            if let Err(error) = done {
                return self.failed(&error);
            }
            events += 1;
            if events % EVENTS_A_TURN == 0 {
                yield_now().await;
            }
        }
    }

    fn failed(&self, error: &HttpError) -> Ended {
        self.log(error);
        self.socket.close(CloseCode::ERROR, "");
        Ended::Failed
    }

    fn log(&self, error: &HttpError) {
        match &self.summary {
            Some(summary) => log::error!("Uncaught error {summary}: {error}"),
            None => log::error!("Uncaught error: {error}"),
        }
    }

    fn close(&mut self, closed: &Closed) {
        self.closed = true;
        if let Err(error) = told(|| self.handler.on_close(closed)) {
            self.log(&error);
        }
    }
}

/// The server may cut it off wherever it is.
impl<H: WebSocketHandler> Drop for Guard<H> {
    fn drop(&mut self) {
        if !self.closed {
            let closed = closed(&self.socket, Ended::Lost);
            drop(self.socket.over());
            self.close(&closed);
        }
    }
}

/// A panic is an error.
fn told(call: impl FnOnce()) -> Result {
    catch_unwind(AssertUnwindSafe(call)).map_err(|panic| panicked(&*panic))
}

fn panicked(panic: &(dyn Any + Send)) -> HttpError {
    let text = text_of(panic);
    HttpError::new(http::StatusCode::INTERNAL_SERVER_ERROR).because(format!("panicked: {text}"))
}

/// What the one who reads tells the one who watches.
#[derive(Default)]
struct Life {
    /// Something came.
    heard: Cell<bool>,
    /// The handler is at work: nobody reads, so nothing can be heard.
    busy: Cell<bool>,
}

impl Life {
    /// Lets the handler work. A panic is an error.
    async fn at_work(&self, mut work: Pin<&mut impl Future<Output = Result>>) -> Result {
        self.busy.set(true);
        let done = poll_fn(|cx| {
            let polled = poll_caught(work.as_mut(), cx);
            polled.map(|done| done.unwrap_or_else(|panic| Err(panicked(&*panic))))
        });
        let done = done.await;
        self.busy.set(false);
        done
    }
}

/// Why nothing more is read.
enum Stop {
    Violation(Violation),
    /// The connection has ended, or it broke.
    Gone,
}

impl From<Violation> for Stop {
    fn from(violation: Violation) -> Self {
        Stop::Violation(violation)
    }
}

/// From the connection to events.
struct Reading<'a> {
    incoming: Incoming,
    stream: &'a RefCell<Upgraded>,
    /// What has come and is not looked at, from `at` on.
    rest: Vec<u8>,
    at: usize,
}

impl Reading<'_> {
    fn poll_event(
        &mut self,
        life: &Life,
        cx: &mut Context<'_>,
    ) -> Poll<std::result::Result<Event, Stop>> {
        loop {
            let mut rest = &self.rest[self.at..];
            let event = self.incoming.next(&mut rest)?;
            self.at = self.rest.len() - rest.len();
            if let Some(event) = event {
                return Poll::Ready(Ok(event));
            }
            // Who waits has no buffer.
            (self.rest, self.at) = (Vec::new(), 0);
            let event = ready!(arrivals(|buf| {
                let stream = &mut *self.stream.borrow_mut();
                let count = ready!(Pin::new(stream).poll_read(cx, buf)).unwrap_or(0);
                if count == 0 {
                    return Poll::Ready(Err(Stop::Gone));
                }
                life.heard.set(true);
                let mut came = &buf[..count];
                let event = self.incoming.next(&mut came)?;
                self.rest.extend_from_slice(came);
                Poll::Ready(Ok(event))
            }))?;
            if let Some(event) = event {
                return Poll::Ready(Ok(event));
            }
        }
    }
}

/// Pings, and says when nobody answers; and when the peer does not close though it was told to.
struct Watch {
    sleep: Option<Sleep>,
    closing: bool,
    pinged: bool,
    missed: u32,
}

/// Until the next ping.
fn pause(socket: &WebSocket) -> Option<Sleep> {
    let interval = socket.limits().ping_interval;
    interval.filter(|interval| !interval.is_zero()).map(sleep)
}

impl Watch {
    fn new(socket: &WebSocket) -> Self {
        Self {
            sleep: pause(socket),
            closing: false,
            pinged: false,
            missed: 0,
        }
    }

    fn poll(&mut self, socket: &WebSocket, life: &Life, cx: &mut Context<'_>) -> Poll<Ended> {
        if !self.closing && socket.is_closed() {
            self.closing = true;
            self.sleep = Some(sleep(socket.limits().close));
        }
        loop {
            let Some(asleep) = &mut self.sleep else {
                return Poll::Pending;
            };
            ready!(Pin::new(asleep).poll(cx));
            if self.closing {
                return Poll::Ready(Ended::TimedOut);
            }
            // While nobody reads, all that can be known is whether the peer takes what is sent.
            let stalls = socket.stalls();
            let alive = life.heard.replace(false) || (life.busy.get() && !stalls);
            if self.pinged && !alive {
                self.missed += 1;
                if self.missed >= socket.limits().missed_pings {
                    return Poll::Ready(Ended::TimedOut);
                }
            } else {
                self.missed = 0;
            }
            self.pinged = true;
            socket.ping_if_idle();
            self.sleep = pause(socket);
        }
    }
}
