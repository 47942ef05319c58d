//! What HTTP asks of a request beyond what its parser looks at.

use std::cell::RefCell;

use http::header::{HOST, TRANSFER_ENCODING};
use http::request::Parts;
use http::uri::Authority;
use http::{HeaderValue, Method, StatusCode, Version};

use crate::error::{HttpError, Result};

/// The last `Host` of a connection that was sound, if it is no longer than a name can be: mostly the next one is the same,
/// and to parse it takes as long as all the other checks.
#[derive(Default)]
pub(crate) struct SoundHost(RefCell<Vec<u8>>);

const LONGEST_NAME: usize = 255;

/// Whether a request may go to a handler.
pub(crate) fn check(parts: &Parts, target_bytes: usize, host: &SoundHost) -> Result {
    let refused = |status| Err(HttpError::new(status));
    // Exactly one `Host`, which may be missing in HTTP/1.0. To look at each header once is less than to look up two.
    let (mut hosts, mut codings) = (Given::Not, Given::Not);
    for (name, value) in &parts.headers {
        match *name {
            HOST => hosts.add(value),
            TRANSFER_ENCODING => codings.add(value),
            _ => {}
        }
    }
    let host_is_sound = match hosts {
        Given::Not => parts.version < Version::HTTP_11,
        Given::Once(value) => is_sound(value.as_bytes(), host),
        Given::Often => false,
    };
    if !host_is_sound {
        return refused(StatusCode::BAD_REQUEST);
    }
    // hyper reads the body by the last of several codings; nobody else here would undo the others.
    match codings {
        Given::Not => {}
        Given::Once(coding) if is_chunked(coding) => {}
        _ => return refused(StatusCode::NOT_IMPLEMENTED),
    }
    let target = parts.uri.path_and_query();
    if target.is_some_and(|target| target.as_str().len() > target_bytes) {
        return refused(StatusCode::URI_TOO_LONG);
    }
    match parts.method {
        Method::GET | Method::HEAD | Method::POST | Method::PUT => {}
        Method::PATCH | Method::DELETE | Method::OPTIONS => {}
        Method::CONNECT | Method::TRACE => return refused(StatusCode::METHOD_NOT_ALLOWED),
        _ => return refused(StatusCode::NOT_IMPLEMENTED),
    }
    match parts.uri.path() {
        path if path.starts_with('/') => Ok(()),
        // It asks whether anybody is there.
        "*" if parts.method == Method::OPTIONS => refused(StatusCode::NO_CONTENT),
        _ => refused(StatusCode::BAD_REQUEST),
    }
}

/// How often a header is there.
enum Given<'a> {
    Not,
    Once(&'a HeaderValue),
    Often,
}

impl<'a> Given<'a> {
    fn add(&mut self, value: &'a HeaderValue) {
        *self = match self {
            Given::Not => Given::Once(value),
            _ => Given::Often,
        };
    }
}

fn is_chunked(coding: &HeaderValue) -> bool {
    coding
        .as_bytes()
        .trim_ascii()
        .eq_ignore_ascii_case(b"chunked")
}

/// Whether a `Host` is empty, or names one.
fn is_sound(bytes: &[u8], last: &SoundHost) -> bool {
    let mut last = last.0.borrow_mut();
    if bytes == *last {
        return true;
    }
    let sound = bytes.is_empty() || names_a_host(bytes);
    if sound && bytes.len() <= LONGEST_NAME {
        last.clear();
        last.extend_from_slice(bytes);
    }
    sound
}

/// A name, or an address, and a port; no user.
fn names_a_host(bytes: &[u8]) -> bool {
    let Ok(host) = Authority::try_from(bytes) else {
        return false;
    };
    let rest = host.as_str().strip_prefix(host.host());
    !host.host().is_empty()
        && match rest.map(|rest| rest.strip_prefix(':').unwrap_or(rest)) {
            Some("") => true,
            Some(port) => port.parse::<u16>().is_ok(),
            None => false,
        }
}
