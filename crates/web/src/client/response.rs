use std::fmt;
use std::str::Utf8Error;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use hyper::ext::ReasonPhrase;
use serde::de::DeserializeOwned;
use url::Url;

/// What came back: Tornado's `HTTPResponse`.
#[derive(Clone)]
pub struct HttpResponse {
    pub(super) status: StatusCode,
    pub(super) reason: Option<ReasonPhrase>,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    pub(super) url: Url,
    pub(super) took: Duration,
}

impl HttpResponse {
    /// The status: Tornado's `code`.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// What the server calls the status.
    pub fn reason(&self) -> String {
        match &self.reason {
            Some(reason) => String::from_utf8_lossy(reason.as_bytes()).into_owned(),
            None => self
                .status
                .canonical_reason()
                .unwrap_or("Unknown")
                .to_owned(),
        }
    }

    /// The headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The value of a header, the first one if there are several. None too if it is not plain ASCII.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body, decompressed.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// The body as text.
    ///
    /// # Errors
    ///
    /// It is not UTF-8.
    pub fn text(&self) -> Result<&str, Utf8Error> {
        std::str::from_utf8(&self.body)
    }

    /// The body, parsed as JSON.
    ///
    /// # Errors
    ///
    /// It is no JSON, or not that of a `T`.
    pub fn json<T: DeserializeOwned>(&self) -> serde_json::Result<T> {
        serde_json::from_slice(&self.body)
    }

    /// Where it came from, after all redirects.
    pub fn effective_url(&self) -> &Url {
        &self.url
    }

    /// How long it took, from the call on.
    pub fn request_time(&self) -> Duration {
        self.took
    }
}

impl fmt::Debug for HttpResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpResponse")
            .field("status", &self.status)
            .field("url", &self.url.as_str())
            .field("body", &self.body.len())
            .finish_non_exhaustive()
    }
}
