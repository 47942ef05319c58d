use bytes::Bytes;
use http::header::{
    CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION, UPGRADE,
};
use http::{HeaderValue, StatusCode};

use super::Side;
use super::close::Closed;
use super::handshake::{self, PROTOCOL, VERSION};
use super::limits::WebSocketLimits;
use super::message::Message;
use super::origin::same_origin;
use super::session::{self, Begin};
use super::socket::WebSocket;
use crate::Request;
use crate::error::{HttpError, Result};
use crate::handler::{Handler, not_allowed};
use crate::reply::Reply;
use crate::upgrade;

/// Answers one WebSocket: Tornado's `WebSocketHandler`. It is made for each by the function that the
/// [route](crate::Application::websocket) has, and lives as long as the connection does.
///
/// Its methods are called one after another: the next message is read when the method for the last one is over. While
/// that waits, others are served, and what is written goes out; a client that sends on and on has to wait.
///
/// An error or a panic is logged, and the connection is closed with 1011. If the connection ends while a method waits, it
/// is dropped there. [`on_close`](WebSocketHandler::on_close) is called once, whatever happened.
///
/// ```
/// use web::{Application, Message, WebSocket, WebSocketHandler};
///
/// struct Echo;
///
/// impl WebSocketHandler for Echo {
///     async fn on_message(&mut self, socket: &WebSocket, message: Message) -> web::Result {
///         Ok(socket.write_message(message)?)
///     }
/// }
///
/// let application = Application::new().websocket("/echo", || Echo);
/// # drop(application);
/// ```
#[expect(
    async_fn_in_trait,
    reason = "a loop has one thread: nobody needs the futures to be Send"
)]
#[expect(
    unused_variables,
    reason = "what the methods here get is for those that replace them"
)]
pub trait WebSocketHandler: 'static {
    /// What is borne of the client.
    fn limits(&self) -> WebSocketLimits {
        WebSocketLimits::default()
    }

    /// Whether a page from elsewhere may open it; if not, that is a 403. By default only one that this server has served
    /// itself may, over `http`: see [`same_origin`].
    fn check_origin(&self, request: &Request) -> bool {
        same_origin(request, "http")
    }

    /// Chooses one of the protocols that the client offers, or none.
    fn select_subprotocol<'a>(&mut self, offered: &[&'a str]) -> Option<&'a str> {
        None
    }

    /// Called when the connection is open, before anything is read. `request` is what it was opened with: take out what is
    /// needed later.
    async fn open(&mut self, socket: &WebSocket, request: Request) -> Result {
        Ok(())
    }

    /// Called with each message.
    async fn on_message(&mut self, socket: &WebSocket, message: Message) -> Result;

    /// A ping came. It is answered already.
    fn on_ping(&mut self, socket: &WebSocket, bytes: &Bytes) {}

    /// A pong came, asked for or not.
    fn on_pong(&mut self, socket: &WebSocket, bytes: &Bytes) {}

    /// Called once at the end, if `open` was called. Nothing can be written any more.
    fn on_close(&mut self, closed: &Closed) {}
}

/// The handler of the request that opens one.
pub(crate) struct Opening<H> {
    handler: Option<H>,
}

impl<H> Opening<H> {
    pub(crate) fn new(handler: H) -> Self {
        let handler = Some(handler);
        Self { handler }
    }
}

impl<H: WebSocketHandler> Handler for Opening<H> {
    const ALLOW: &'static str = "GET";

    async fn get(&mut self, request: &mut Request, reply: &mut Reply) -> Result {
        let accept = match handshake::accept(request) {
            Err(error) if error.status() == StatusCode::UPGRADE_REQUIRED => {
                reply.set_status(error.status());
                reply.set_header(SEC_WEBSOCKET_VERSION, VERSION)?;
                reply.set_header(UPGRADE, PROTOCOL)?;
                reply.set_header(CONNECTION, "Upgrade")?;
                reply.write(error.status().to_string());
                return Ok(());
            }
            accept => accept?,
        };
        let mut handler = self.handler.take().expect("a handler has one request");
        if !handler.check_origin(request) {
            let status = StatusCode::FORBIDDEN;
            return Err(HttpError::new(status).because("a page of another origin"));
        }
        let offered = handshake::offered(request.headers());
        if let Some(chosen) = handler.select_subprotocol(&offered) {
            let chosen = HeaderValue::from_str(chosen)?;
            reply.set_header(SEC_WEBSOCKET_PROTOCOL, chosen)?;
        }
        reply.set_header(SEC_WEBSOCKET_ACCEPT, accept)?;
        let socket = WebSocket::new(Side::Server, handler.limits());
        let begin = Begin {
            socket,
            side: Side::Server,
            handler,
            request: Some(Box::new(request.take())),
            summary: Some(reply.state().summary().to_string().into()),
        };
        upgrade::begin(reply.state(), PROTOCOL, |stream| {
            session::run(begin, stream)
        });
        reply.finish();
        Ok(())
    }

    async fn head(&mut self, _: &mut Request, _: &mut Reply) -> Result {
        not_allowed()
    }
}
