//! What a request must have that wants to be a WebSocket: RFC 6455, section 4.2.1.

use http::header::{
    CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL,
    SEC_WEBSOCKET_VERSION, UPGRADE,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use tungstenite::handshake::derive_accept_key;

use crate::Request;
use crate::error::{HttpError, Result};
use crate::upgrade::{self, has_token};

pub(super) const PROTOCOL: &str = "websocket";

/// The one version that there is.
pub(super) const VERSION: &str = "13";

/// What to answer to the key of a request that is sound. `426` if it speaks another version, else `400`.
pub(super) fn accept(request: &Request) -> Result<HeaderValue> {
    upgrade::asked(request, PROTOCOL)?;
    let headers = request.headers();
    let version = only(headers, &SEC_WEBSOCKET_VERSION)?;
    if version != VERSION {
        let status = StatusCode::UPGRADE_REQUIRED;
        return Err(HttpError::new(status).because("another version of WebSocket"));
    }
    let key = only(headers, &SEC_WEBSOCKET_KEY)?.as_bytes();
    if !is_key(key) {
        return Err(HttpError::bad_request("a key that is none"));
    }
    Ok(HeaderValue::from_str(&derive_accept_key(key))?)
}

/// The header, which must be there once.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<&'a HeaderValue> {
    let mut all = headers.get_all(name).iter();
    match (all.next(), all.next()) {
        (Some(value), None) => Ok(value),
        _ => Err(HttpError::bad_request(format!("not one {name}"))),
    }
}

/// 16 bytes in base64: 22 digits, of which the last has four bits that are 0, and `==`.
fn is_key(key: &[u8]) -> bool {
    let digit = |b: &u8| b.is_ascii_alphanumeric() || b"+/".contains(b);
    key.len() == 24
        && key.ends_with(b"==")
        && key[..22].iter().all(digit)
        && b"AQgw".contains(&key[21])
}

/// The protocols that the client offers, the best first.
pub(crate) fn offered(headers: &HeaderMap) -> Vec<&str> {
    let lines = headers.get_all(SEC_WEBSOCKET_PROTOCOL).iter();
    let names = lines.filter_map(|line| line.to_str().ok());
    let names = names.flat_map(|line| line.split(',')).map(str::trim);
    names.filter(|name| !name.is_empty()).collect()
}

/// Whether a server's answer to `key` is one.
pub(crate) fn is_accepted(headers: &HeaderMap, key: &str) -> bool {
    let accept = only(headers, &SEC_WEBSOCKET_ACCEPT);
    has_token(headers, UPGRADE, PROTOCOL)
        && has_token(headers, CONNECTION, "upgrade")
        && accept.is_ok_and(|accept| *accept == derive_accept_key(key.as_bytes()))
}
