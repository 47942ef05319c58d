//! Where a response leads.

use http::header::{
    AUTHORIZATION, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_LENGTH, CONTENT_TYPE, COOKIE,
    LOCATION, PROXY_AUTHORIZATION, TRANSFER_ENCODING,
};
use http::{HeaderMap, Method, StatusCode};
use url::Url;

use super::FetchError;
use super::fetch::Step;
use super::request::fetchable;

/// The address that a response leads to, if it does.
pub(super) fn target(
    status: StatusCode,
    headers: &HeaderMap,
    from: &Url,
) -> Result<Option<Url>, FetchError> {
    if !matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308) {
        return Ok(None);
    }
    let Some(location) = headers.get(LOCATION) else {
        return Ok(None);
    };
    let location = std::str::from_utf8(location.as_bytes());
    let location = location.map_err(|error| FetchError::Malformed(Box::new(error)))?;
    let mut to = from
        .join(location)
        .map_err(|error| FetchError::Malformed(Box::new(error)))?;
    fetchable(&to)?;
    if to.fragment().is_none() {
        to.set_fragment(from.fragment());
    }
    Ok(Some(to))
}

/// What is asked for there. As Tornado 6 and browsers have it: after 303 a GET, and after 301 and 302 if it was a POST;
/// other methods stay. Who we are is not told to others.
pub(super) fn follow(step: &mut Step, status: StatusCode, to: Url) {
    let becomes_get = match status.as_u16() {
        303 => step.method != Method::HEAD,
        301 | 302 => step.method == Method::POST,
        _ => false,
    };
    if becomes_get {
        step.method = Method::GET;
        step.body = None;
        let of_body = [
            CONTENT_ENCODING,
            CONTENT_LANGUAGE,
            CONTENT_LENGTH,
            CONTENT_TYPE,
            TRANSFER_ENCODING,
        ];
        for name in of_body {
            step.headers.remove(name);
        }
    }
    if step.url.origin() != to.origin() {
        for name in [AUTHORIZATION, COOKIE, PROXY_AUTHORIZATION] {
            step.headers.remove(name);
        }
    }
    step.url = to;
}
