//! A request that becomes a WebSocket.

use std::cell::Cell;
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use http::header::{
    CONNECTION, SEC_WEBSOCKET_EXTENSIONS, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL,
    SEC_WEBSOCKET_VERSION, UPGRADE,
};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use hyper::client::conn::http1;
use ioloop::timeout;
use tungstenite::handshake::client::generate_key;

use super::body;
use super::connections::HEADER_BYTES;
use super::fetch::{AsyncHttpClient, Inner, Step, message, taken};
use super::{FetchError, HttpRequest, Phase};
use crate::io::Io;
use crate::upgrade::Upgraded;
use crate::websocket::{WebSocketConnection, WebSocketLimits, is_accepted, offered};

impl AsyncHttpClient {
    /// Opens a WebSocket: Tornado's `websocket_connect`. The address begins with `ws:` or `wss:`. Redirects are not
    /// followed, and it has no place in the client's queue.
    ///
    /// ```
    /// use web::{Application, AsyncHttpClient, Message, Server, WebSocket, WebSocketHandler};
    ///
    /// struct Echo;
    ///
    /// impl WebSocketHandler for Echo {
    ///     async fn on_message(&mut self, socket: &WebSocket, message: Message) -> web::Result {
    ///         Ok(socket.write_message(message)?)
    ///     }
    /// }
    ///
    /// ioloop::block_on(async {
    ///     let server = Server::new(Application::new().websocket("/echo", || Echo));
    ///     let address = server.listen("127.0.0.1:0")?;
    ///     let url = format!("ws://{address}/echo");
    ///     let mut connection = AsyncHttpClient::new().websocket(url).await?;
    ///     connection.socket().write_message("hello")?;
    ///     assert_eq!(connection.read_message().await, Some(Message::text("hello")));
    /// #   Ok::<(), Box<dyn std::error::Error>>(())
    /// })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`FetchError`]: of every status but 101, and of a server that answers what was not asked.
    ///
    /// # Panics
    ///
    /// Where no loop runs.
    pub async fn websocket(
        &self,
        request: impl Into<HttpRequest>,
    ) -> Result<WebSocketConnection, FetchError> {
        self.websocket_with(request, WebSocketLimits::default())
            .await
    }

    /// The same, with other limits than the default ones.
    ///
    /// # Errors
    ///
    /// As [`websocket`](AsyncHttpClient::websocket).
    ///
    /// # Panics
    ///
    /// Where no loop runs.
    pub async fn websocket_with(
        &self,
        request: impl Into<HttpRequest>,
        limits: WebSocketLimits,
    ) -> Result<WebSocketConnection, FetchError> {
        let (stream, protocol) = self.inner.upgraded(request.into()).await?;
        Ok(WebSocketConnection::new(stream, limits, protocol))
    }
}

/// The same address, of HTTP.
fn of_http(url: &str) -> Result<String, FetchError> {
    let refused = |why| Err(FetchError::Invalid(format!("{url:?}: {why}")));
    let Some((scheme, rest)) = url.split_once(':') else {
        return refused("no address");
    };
    let scheme = match scheme.to_ascii_lowercase().as_str() {
        "ws" => "http",
        "wss" => "https",
        _ => return refused("neither ws nor wss"),
    };
    Ok(format!("{scheme}:{rest}"))
}

/// A connection that has left HTTP, and the protocol that the server has chosen.
type Opened = (Upgraded, Option<String>);

impl Inner {
    async fn upgraded(&self, mut request: HttpRequest) -> Result<Opened, FetchError> {
        request.url = of_http(&request.url)?;
        if request.method != Method::GET {
            return Err(FetchError::invalid("a WebSocket begins with a GET"));
        }
        let total = request
            .request_timeout
            .unwrap_or(self.options.request_timeout);
        let phase = Cell::new(Phase::Connecting);
        let opened = timeout(total, self.opened(request, &phase)).await;
        opened.unwrap_or_else(|_| Err(FetchError::TimedOut(phase.get())))
    }

    async fn opened(
        &self,
        request: HttpRequest,
        phase: &Cell<Phase>,
    ) -> Result<Opened, FetchError> {
        let options = &self.options;
        let url = request.checked()?;
        let connect = request.connect_timeout.unwrap_or(options.connect_timeout);
        let connected = timeout(connect, (self.connect)(url.clone())).await;
        let connected = connected.map_err(|_| FetchError::TimedOut(Phase::Connecting))?;
        let stream = connected.map_err(FetchError::Connect)?;
        phase.set(Phase::FirstByte);
        let (mut sender, mut connection) = http1::Builder::new()
            .max_header_size(HEADER_BYTES)
            .max_buf_size(HEADER_BYTES)
            .handshake(Io::new(stream, None))
            .await?;

        let key = generate_key();
        let step = Step {
            url,
            method: Method::GET,
            headers: asking(self.headers(request.headers), &key)?,
            body: None,
        };
        let first_byte = request
            .first_byte_timeout
            .unwrap_or(options.first_byte_timeout);
        let max_body = request.max_body.unwrap_or(options.max_body);
        let mut fetched = pin!(async {
            let head = timeout(first_byte, sender.send_request(message(&step)?)).await;
            let head = head.map_err(|_| FetchError::TimedOut(Phase::FirstByte))??;
            phase.set(Phase::Request);
            if head.status() == StatusCode::SWITCHING_PROTOCOLS {
                return chosen(head.headers(), &step.headers, &key);
            }
            let (mut response, content) = taken(&step, head);
            response.body = body::read(content, &mut response.headers, max_body).await?;
            Err(FetchError::Status(Box::new(response)))
        });
        // Nobody else is to have this connection: so it is polled here.
        let mut over = false;
        let protocol = poll_fn(|cx| {
            over = over || connection.poll_without_shutdown(cx).is_ready();
            fetched.as_mut().poll(cx)
        })
        .await?;
        poll_fn(|cx| match over {
            true => Poll::Ready(Ok(())),
            false => connection.poll_without_shutdown(cx),
        })
        .await?;
        let parts = connection.into_parts();
        let stream = Upgraded::new(parts.read_buf, parts.io.into_inner(), None);
        Ok((stream, protocol))
    }
}

/// The headers of a request that wants to be a WebSocket.
fn asking(mut headers: HeaderMap, key: &str) -> Result<HeaderMap, FetchError> {
    let key = HeaderValue::from_str(key);
    let key = key.map_err(|error| FetchError::Invalid(error.to_string()))?;
    headers.remove(SEC_WEBSOCKET_EXTENSIONS);
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
    headers.insert(SEC_WEBSOCKET_KEY, key);
    Ok(headers)
}

/// The protocol that the server has chosen; an error if it has not understood, or adds something: an extension, or a
/// protocol that was not offered.
fn chosen(answer: &HeaderMap, asked: &HeaderMap, key: &str) -> Result<Option<String>, FetchError> {
    let refused = |why: &str| Err(FetchError::Malformed(why.into()));
    if !is_accepted(answer, key) {
        return refused("the server does not accept the WebSocket");
    }
    if answer.contains_key(SEC_WEBSOCKET_EXTENSIONS) {
        return refused("an extension that nobody asked for");
    }
    let mut chosen = answer.get_all(SEC_WEBSOCKET_PROTOCOL).iter();
    match (chosen.next().map(HeaderValue::to_str), chosen.next()) {
        (None, _) => Ok(None),
        (Some(Ok(chosen)), None) if offered(asked).contains(&chosen) => Ok(Some(chosen.into())),
        _ => refused("a protocol that was not offered"),
    }
}
