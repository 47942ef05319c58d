use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde::Serialize;
use url::Url;

use super::FetchError;

/// What to fetch: Tornado's `HTTPRequest`. A GET, unless told otherwise; an address alone is one too.
///
/// What it does not say itself is said by the client's [options](super::ClientOptions).
///
/// ```
/// use std::time::Duration;
///
/// use web::{HttpRequest, Method};
///
/// let request = HttpRequest::new("http://example.com/form")
///     .method(Method::POST)
///     .header("Accept", "application/json")?
///     .body("a=1&b=2")
///     .request_timeout(Duration::from_secs(5));
/// # drop(request);
/// # Ok::<(), http::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct HttpRequest {
    pub(super) url: String,
    pub(super) method: Method,
    pub(super) headers: HeaderMap,
    pub(super) body: Option<Bytes>,
    pub(super) connect_timeout: Option<Duration>,
    pub(super) first_byte_timeout: Option<Duration>,
    pub(super) request_timeout: Option<Duration>,
    pub(super) max_body: Option<u64>,
    pub(super) max_redirects: Option<u32>,
    pub(super) any_status: bool,
}

impl HttpRequest {
    /// A GET of `url`. Whether it is an address is found out when it is fetched.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            method: Method::GET,
            headers: HeaderMap::new(),
            body: None,
            connect_timeout: None,
            first_byte_timeout: None,
            request_timeout: None,
            max_body: None,
            max_redirects: None,
            any_status: false,
        }
    }

    /// Another method.
    #[must_use]
    pub fn method(mut self, method: Method) -> Self {
        self.method = method;
        self
    }

    /// Adds a header. `Host`, `Content-Length`, `Transfer-Encoding` and `Connection` are the client's, whatever is said
    /// here.
    ///
    /// # Errors
    ///
    /// A name or a value that HTTP does not allow, such as one with a line end.
    pub fn header<N, V>(mut self, name: N, value: V) -> Result<Self, http::Error>
    where
        N: TryInto<HeaderName, Error: Into<http::Error>>,
        V: TryInto<HeaderValue, Error: Into<http::Error>>,
    {
        let name = name.try_into().map_err(Into::into)?;
        let value = value.try_into().map_err(Into::into)?;
        self.headers.append(name, value);
        Ok(self)
    }

    /// What to send. A POST, a PUT and a PATCH need it, be it empty; a GET and a HEAD cannot have it.
    #[must_use]
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// `value` as JSON, as what to send.
    ///
    /// # Errors
    ///
    /// What JSON cannot say.
    pub fn json(mut self, value: &(impl Serialize + ?Sized)) -> serde_json::Result<Self> {
        self.body = Some(serde_json::to_vec(value)?.into());
        let json = HeaderValue::from_static("application/json");
        self.headers.insert(CONTENT_TYPE, json);
        Ok(self)
    }

    /// How long connecting may take.
    #[must_use]
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = Some(timeout);
        self
    }

    /// How long the response may keep us waiting for its headers, after the request was sent.
    #[must_use]
    pub fn first_byte_timeout(mut self, timeout: Duration) -> Self {
        self.first_byte_timeout = Some(timeout);
        self
    }

    /// How long all may take, the time in the queue and redirects included.
    #[must_use]
    pub fn request_timeout(mut self, timeout: Duration) -> Self {
        self.request_timeout = Some(timeout);
        self
    }

    /// How many bytes the body of the response may have, decompressed.
    #[must_use]
    pub fn max_body(mut self, bytes: u64) -> Self {
        self.max_body = Some(bytes);
        self
    }

    /// How many redirects are followed. With 0 a redirect is a response like others.
    #[must_use]
    pub fn max_redirects(mut self, count: u32) -> Self {
        self.max_redirects = Some(count);
        self
    }

    /// A response is good whatever its status is: Tornado's `raise_error=False`.
    #[must_use]
    pub fn any_status(mut self) -> Self {
        self.any_status = true;
        self
    }

    /// Whether it makes sense, and where it goes.
    pub(super) fn checked(&self) -> Result<Url, FetchError> {
        let needs = matches!(self.method, Method::POST | Method::PUT | Method::PATCH);
        let refuses = matches!(self.method, Method::GET | Method::HEAD);
        if needs && self.body.is_none() {
            let text = format!("a {} needs a body, be it empty", self.method);
            return Err(FetchError::Invalid(text));
        }
        if refuses && self.body.is_some() {
            let text = format!("a {} cannot have a body", self.method);
            return Err(FetchError::Invalid(text));
        }
        if self.method == Method::CONNECT {
            return Err(FetchError::invalid("a CONNECT is nothing to fetch"));
        }
        // The parser would pass over line ends.
        if self.url.contains(|c: char| c.is_control()) {
            return Err(FetchError::invalid("an address has no control characters"));
        }
        let url = Url::parse(&self.url);
        let url = url.map_err(|error| FetchError::Invalid(format!("{:?}: {error}", self.url)))?;
        fetchable(&url)?;
        Ok(url)
    }
}

/// Whether this client goes there.
pub(super) fn fetchable(url: &Url) -> Result<(), FetchError> {
    let refused = |why: &str| Err(FetchError::Invalid(format!("{:?}: {why}", url.as_str())));
    if !matches!(url.scheme(), "http" | "https") {
        return refused("neither http nor https");
    }
    // It is used to make an address look like another, and to send passwords where they are logged.
    if !url.username().is_empty() || url.password().is_some() {
        return refused("a user in an address; send an Authorization header");
    }
    if url.port() == Some(0) {
        return refused("no port");
    }
    Ok(())
}

impl From<&str> for HttpRequest {
    fn from(url: &str) -> Self {
        Self::new(url)
    }
}

impl From<String> for HttpRequest {
    fn from(url: String) -> Self {
        Self::new(url)
    }
}

impl From<&String> for HttpRequest {
    fn from(url: &String) -> Self {
        Self::new(url)
    }
}

impl From<Url> for HttpRequest {
    fn from(url: Url) -> Self {
        Self::new(url)
    }
}
