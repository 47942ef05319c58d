use std::cell::Cell;
use std::fmt;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_io::{AsyncRead, AsyncWrite};
use http::header::{
    ACCEPT_ENCODING, CONNECTION, CONTENT_LENGTH, HOST, TRANSFER_ENCODING, USER_AGENT,
};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri};
use hyper::body::Incoming;
use hyper::ext::ReasonPhrase;
use ioloop::{IoLoop, spawn, timeout};
use url::{Position, Url};

use super::body::{self, Once};
use super::connections::{Connect, Connection, Connections, Stream, tcp};
use super::slots::Slots;
use super::{FetchError, HttpRequest, HttpResponse, Phase, redirect};

/// How a client fetches, where a request does not say otherwise. The defaults are Tornado's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientOptions {
    /// Requests at a time: 10. Others wait, first in, first out, and their time runs.
    pub max_clients: usize,
    /// How long connecting may take: 20 s.
    pub connect_timeout: Duration,
    /// How long a response may keep us waiting for its headers: 20 s.
    pub first_byte_timeout: Duration,
    /// How long all may take, from the call on: 20 s.
    pub request_timeout: Duration,
    /// Bytes of a response's body, decompressed: 100 MiB.
    pub max_body: u64,
    /// Redirects that are followed: 5.
    pub max_redirects: u32,
    /// What it calls itself. Nothing, if this is empty.
    pub user_agent: String,
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self {
            max_clients: 10,
            connect_timeout: Duration::from_secs(20),
            first_byte_timeout: Duration::from_secs(20),
            request_timeout: Duration::from_secs(20),
            max_body: 100 << 20,
            max_redirects: 5,
            user_agent: String::new(),
        }
    }
}

/// Fetches over HTTP, on the loop of this thread: Tornado's `AsyncHTTPClient`. Clones are the same client: they share its
/// connections and its queue.
///
/// ```
/// use web::{Application, AsyncHttpClient, Handler, Reply, Request, Server};
///
/// struct Hello;
///
/// impl Handler for Hello {
///     async fn get(&mut self, _: &mut Request, reply: &mut Reply) -> web::Result {
///         reply.write("Hello");
///         Ok(())
///     }
/// }
///
/// ioloop::block_on(async {
///     let server = Server::new(Application::new().route("/", || Hello));
///     let address = server.listen("127.0.0.1:0")?;
///     let client = AsyncHttpClient::new();
///     let response = client.fetch(format!("http://{address}/")).await?;
///     assert_eq!(response.text()?, "Hello");
///
///     let error = client.fetch(format!("http://{address}/nothing")).await.unwrap_err();
///     assert_eq!(error.to_string(), "HTTP 404: Not Found");
/// #   Ok::<(), Box<dyn std::error::Error>>(())
/// })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct AsyncHttpClient {
    pub(super) inner: Rc<Inner>,
}

pub(super) struct Inner {
    pub(super) options: ClientOptions,
    pub(super) connect: Connect,
    connections: Rc<Connections>,
    slots: Rc<Slots>,
}

impl AsyncHttpClient {
    /// A client with the default options.
    #[must_use]
    pub fn new() -> Self {
        Self::with(ClientOptions::default())
    }

    /// A client with these options.
    ///
    /// # Panics
    ///
    /// If `max_clients` is 0.
    #[must_use]
    pub fn with(options: ClientOptions) -> Self {
        Self::made(options, tcp())
    }

    /// A client that connects by `connect`, which gets the address of what is to be fetched. So TLS, proxies and sockets
    /// that are not TCP's come in; without, the client connects by TCP, and knows `http:` alone.
    ///
    /// ```
    /// use ioloop::UnixStream;
    /// use web::{AsyncHttpClient, ClientOptions};
    ///
    /// let client = AsyncHttpClient::connecting_by(ClientOptions::default(), async |_url| {
    ///     UnixStream::connect("/run/service.socket").await
    /// });
    /// # drop(client);
    /// ```
    ///
    /// # Panics
    ///
    /// If `max_clients` is 0.
    #[must_use]
    pub fn connecting_by<S, F>(options: ClientOptions, connect: impl Fn(Url) -> F + 'static) -> Self
    where
        S: AsyncRead + AsyncWrite + Unpin + 'static,
        F: Future<Output = io::Result<S>> + 'static,
    {
        Self::made(
            options,
            Rc::new(move |url| {
                let connecting = connect(url);
                Box::pin(async move {
                    let stream = connecting.await?;
                    Ok(Box::new(stream) as Box<dyn Stream>)
                })
            }),
        )
    }

    fn made(options: ClientOptions, connect: Connect) -> Self {
        assert!(options.max_clients > 0, "a client for no request at all");
        Self {
            inner: Rc::new(Inner {
                connect,
                connections: Connections::new(),
                slots: Slots::new(options.max_clients),
                options,
            }),
        }
    }

    /// Fetches `request`: an address, or an [`HttpRequest`]. Redirects are followed; bodies come decompressed.
    ///
    /// Nothing happens before the future is polled (Tornado's is on its way already), but its time runs from this call on.
    /// Dropped, it is cancelled, and its connection closed. A coroutine yields `convert(client.fetch(url))`, see
    /// [`ioloop::convert`].
    ///
    /// A GET or a HEAD that finds the connection closed that it was to use again is tried once more, on a new one.
    ///
    /// # Errors
    ///
    /// [`FetchError`]; that is also a status that is not 2xx, unless the request wants [any](HttpRequest::any_status).
    ///
    /// # Panics
    ///
    /// Polling panics where no loop runs.
    pub fn fetch(&self, request: impl Into<HttpRequest>) -> Fetch {
        let inner = self.inner.clone();
        let request = request.into();
        let begin = IoLoop::current().time();
        Fetch(Box::pin(async move { inner.fetch(request, begin).await }))
    }

    /// The same, for code that does not await: `callback` gets what comes of it. Tornado's `fetch(request, callback)`.
    ///
    /// # Panics
    ///
    /// If no loop runs on this thread.
    pub fn fetch_with(
        &self,
        request: impl Into<HttpRequest>,
        callback: impl FnOnce(Result<HttpResponse, FetchError>) + 'static,
    ) {
        let fetched = self.fetch(request);
        drop(spawn(async move {
            let outcome = fetched.await;
            // Not in this task: a panic of a callback is the loop's to tell.
            IoLoop::current().add_callback(move || callback(outcome));
        }));
    }
}

impl Default for AsyncHttpClient {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for AsyncHttpClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncHttpClient")
            .field("options", &self.inner.options)
            .finish_non_exhaustive()
    }
}

/// A fetch under way. Made by [`AsyncHttpClient::fetch`].
#[must_use = "futures do nothing unless awaited"]
pub struct Fetch(Pin<Box<dyn Future<Output = Result<HttpResponse, FetchError>>>>);

impl Future for Fetch {
    type Output = Result<HttpResponse, FetchError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.as_mut().poll(cx)
    }
}

impl fmt::Debug for Fetch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fetch").finish_non_exhaustive()
    }
}

/// What is asked for next.
pub(super) struct Step {
    pub(super) url: Url,
    pub(super) method: Method,
    pub(super) headers: HeaderMap,
    pub(super) body: Option<Bytes>,
}

/// The limits of one fetch.
struct Within {
    connect: Duration,
    first_byte: Duration,
    max_body: u64,
    max_redirects: u32,
}

impl Inner {
    async fn fetch(
        &self,
        request: HttpRequest,
        begin: Instant,
    ) -> Result<HttpResponse, FetchError> {
        let url = request.checked()?;
        let options = &self.options;
        let within = Within {
            connect: request.connect_timeout.unwrap_or(options.connect_timeout),
            first_byte: request
                .first_byte_timeout
                .unwrap_or(options.first_byte_timeout),
            max_body: request.max_body.unwrap_or(options.max_body),
            max_redirects: request.max_redirects.unwrap_or(options.max_redirects),
        };
        let total = request.request_timeout.unwrap_or(options.request_timeout);
        let any_status = request.any_status;
        let step = Step {
            url,
            headers: self.headers(request.headers),
            method: request.method,
            body: request.body,
        };
        let phase = Cell::new(Phase::Queue);
        let fetched = async {
            let _slot = self.slots.clone().take().await;
            self.follow(step, &within, &phase).await
        };
        let left = total.saturating_sub(IoLoop::current().time() - begin);
        let fetched = timeout(left, fetched).await;
        let mut response = fetched.unwrap_or_else(|_| Err(FetchError::TimedOut(phase.get())))?;
        response.took = IoLoop::current().time() - begin;
        if any_status || response.status.is_success() {
            return Ok(response);
        }
        Err(FetchError::Status(Box::new(response)))
    }

    /// The headers of the request, without those that are ours.
    pub(super) fn headers(&self, mut headers: HeaderMap) -> HeaderMap {
        for ours in [HOST, CONTENT_LENGTH, TRANSFER_ENCODING, CONNECTION] {
            headers.remove(ours);
        }
        headers
            .entry(ACCEPT_ENCODING)
            .or_insert(HeaderValue::from_static("gzip"));
        if !self.options.user_agent.is_empty()
            && let Ok(name) = HeaderValue::from_str(&self.options.user_agent)
        {
            headers.entry(USER_AGENT).or_insert(name);
        }
        headers
    }

    async fn follow(
        &self,
        mut step: Step,
        within: &Within,
        phase: &Cell<Phase>,
    ) -> Result<HttpResponse, FetchError> {
        let mut followed = 0;
        loop {
            let response = self.once(&step, within, phase).await?;
            if within.max_redirects == 0 {
                return Ok(response);
            }
            let to = redirect::target(response.status, &response.headers, &step.url)?;
            let Some(to) = to else {
                return Ok(response);
            };
            if followed == within.max_redirects {
                return Err(FetchError::TooManyRedirects);
            }
            followed += 1;
            redirect::follow(&mut step, response.status, to);
        }
    }

    /// One request and its response.
    async fn once(
        &self,
        step: &Step,
        within: &Within,
        phase: &Cell<Phase>,
    ) -> Result<HttpResponse, FetchError> {
        let mut again = matches!(step.method, Method::GET | Method::HEAD);
        let mut fresh = false;
        loop {
            phase.set(Phase::Connecting);
            let connected = timeout(within.connect, self.connection(&step.url, fresh)).await;
            let connected = connected.map_err(|_| FetchError::TimedOut(Phase::Connecting))?;
            let mut connection = connected.map_err(FetchError::Connect)?;

            phase.set(Phase::FirstByte);
            let sent = connection.sender.send_request(message(step)?);
            let head = timeout(within.first_byte, sent).await;
            let head = match head.map_err(|_| FetchError::TimedOut(Phase::FirstByte))? {
                Ok(head) => head,
                // It was closed while it was not used, or just now: what came was no response.
                Err(error) if again && connection.used && !error.is_parse() => {
                    (again, fresh) = (false, true);
                    continue;
                }
                Err(error) => return Err(error.into()),
            };
            if head.status() == StatusCode::SWITCHING_PROTOCOLS {
                let error = "a switch to another protocol that nobody asked for";
                return Err(FetchError::Malformed(error.into()));
            }

            phase.set(Phase::Request);
            let (mut response, body) = taken(step, head);
            response.body = body::read(body, &mut response.headers, within.max_body).await?;
            self.connections.give_back(&step.url, connection);
            return Ok(response);
        }
    }

    async fn connection(&self, url: &Url, fresh: bool) -> io::Result<Connection> {
        while !fresh && let Some(mut connection) = self.connections.take(url) {
            if connection.is_ready().await {
                return Ok(connection);
            }
        }
        Connection::new(&self.connect, url).await
    }
}

pub(super) fn message(step: &Step) -> Result<Request<Once>, FetchError> {
    let url = &step.url;
    let target = &url[Position::BeforePath..Position::AfterQuery];
    let uri: Uri = target
        .parse()
        .map_err(|error| FetchError::Invalid(format!("{target:?}: {error}")))?;
    let host = &url[Position::BeforeHost..Position::AfterPort];
    let host = HeaderValue::from_str(host)
        .map_err(|error| FetchError::Invalid(format!("{host:?}: {error}")))?;
    let mut request = Request::new(Once(step.body.clone().unwrap_or_default()));
    *request.method_mut() = step.method.clone();
    *request.uri_mut() = uri;
    *request.headers_mut() = step.headers.clone();
    request.headers_mut().insert(HOST, host);
    if step.body.as_ref().is_some_and(Bytes::is_empty) {
        // hyper would say nothing.
        let none = HeaderValue::from_static("0");
        request.headers_mut().insert(CONTENT_LENGTH, none);
    }
    Ok(request)
}

pub(super) fn taken(step: &Step, head: Response<Incoming>) -> (HttpResponse, Incoming) {
    let (parts, body) = head.into_parts();
    let response = HttpResponse {
        status: parts.status,
        reason: parts.extensions.get::<ReasonPhrase>().cloned(),
        headers: parts.headers,
        body: Bytes::new(),
        url: step.url.clone(),
        took: Duration::ZERO,
    };
    (response, body)
}

/// Fetches, and blocks until the response is there: Tornado's `HTTPClient`. For programs that have no loop.
///
/// ```no_run
/// use web::HttpClient;
///
/// let response = HttpClient::new()?.fetch("http://example.com/")?;
/// println!("{}", response.text()?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct HttpClient {
    // In this order they are dropped.
    client: AsyncHttpClient,
    io_loop: IoLoop,
}

impl HttpClient {
    /// A client with the default options, and a loop of its own.
    ///
    /// # Errors
    ///
    /// There is no loop to be had, see [`IoLoop::new`].
    pub fn new() -> io::Result<Self> {
        Self::with(ClientOptions::default())
    }

    /// A client with these options.
    ///
    /// # Errors
    ///
    /// As [`new`](HttpClient::new).
    ///
    /// # Panics
    ///
    /// If `max_clients` is 0.
    pub fn with(options: ClientOptions) -> io::Result<Self> {
        Ok(Self {
            client: AsyncHttpClient::with(options),
            io_loop: IoLoop::new()?,
        })
    }

    /// Fetches `request`, see [`AsyncHttpClient::fetch`].
    ///
    /// # Errors
    ///
    /// As [`AsyncHttpClient::fetch`].
    ///
    /// # Panics
    ///
    /// Where a loop runs: there it would block everybody.
    pub fn fetch(&self, request: impl Into<HttpRequest>) -> Result<HttpResponse, FetchError> {
        let request = request.into();
        self.io_loop
            .block_on(async { self.client.fetch(request).await })
    }
}

impl Drop for HttpClient {
    fn drop(&mut self) {
        // Its connections are the loop's.
        self.io_loop.close();
    }
}
