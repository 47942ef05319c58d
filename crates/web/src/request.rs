use std::cell::OnceCell;
use std::fmt;
use std::net::IpAddr;
use std::rc::Rc;
use std::str;

use bytes::{Bytes, BytesMut};
use http::header::{CONTENT_TYPE, COOKIE, EXPECT};
use http::{HeaderMap, Method, StatusCode, Uri, Version};
use hyper::body::{Body as _, Incoming};
use percent_encoding::percent_decode_str;
use serde::de::DeserializeOwned;

use crate::body;
use crate::error::{HttpError, Result};
use crate::form::{self, File};
use crate::pattern::Pattern;
use crate::state::State;

/// A request, as its handler sees it.
///
/// What a client sends may be anything. The methods that parse it give an [`HttpError`] with status 400, so that a `?` in
/// a handler answers what has to be answered.
pub struct Request {
    state: Rc<State>,
    incoming: Option<Incoming>,
    /// It cannot be read on.
    broken: bool,
    body: Bytes,
    query: OnceCell<Vec<(String, String)>>,
    form: OnceCell<Form>,
    route: Matched,
    body_limit: u64,
}

/// A body of so many bytes is rather read than to have the connection closed.
const LITTLE: u64 = 64 << 10;

/// What the pattern of the route has made of the path.
#[derive(Default)]
pub(crate) struct Matched {
    pub(crate) pattern: Option<Rc<Pattern>>,
    pub(crate) groups: Vec<Option<String>>,
}

#[derive(Default)]
struct Form {
    arguments: Vec<(String, String)>,
    files: Vec<File>,
}

impl Request {
    pub(crate) fn new(
        state: Rc<State>,
        incoming: Incoming,
        route: Matched,
        body_limit: u64,
    ) -> Self {
        Self {
            state,
            incoming: (!incoming.is_end_stream()).then_some(incoming),
            broken: false,
            body: Bytes::new(),
            query: OnceCell::new(),
            form: OnceCell::new(),
            route,
            body_limit,
        }
    }

    /// Itself, to be kept; what is left is empty.
    pub(crate) fn take(&mut self) -> Self {
        Self {
            state: self.state.clone(),
            incoming: self.incoming.take(),
            broken: self.broken,
            body: std::mem::take(&mut self.body),
            query: std::mem::take(&mut self.query),
            form: std::mem::take(&mut self.form),
            route: std::mem::take(&mut self.route),
            body_limit: self.body_limit,
        }
    }

    pub(crate) fn state(&self) -> &Rc<State> {
        &self.state
    }

    /// GET, POST, ...
    pub fn method(&self) -> &Method {
        &self.state.head.method
    }

    /// The target: the path and the query, and what is before them, if the client sent that.
    pub fn uri(&self) -> &Uri {
        &self.state.head.uri
    }

    /// The path, with its `%XX` as they came.
    pub fn path(&self) -> &str {
        self.state.head.uri.path()
    }

    /// HTTP/1.1 or HTTP/1.0.
    pub fn version(&self) -> Version {
        self.state.head.version
    }

    /// The headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.state.head.headers
    }

    /// The value of a header, the first one if there are several. None too if it is not plain ASCII.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.state.head.headers.get(name)?.to_str().ok()
    }

    /// Who is at the other end of the connection: the client, or a proxy. None if it is no IP connection.
    pub fn remote_ip(&self) -> Option<IpAddr> {
        self.state.connection.remote
    }

    /// What the groups of the route's pattern stand for, in the order of the pattern, with their `%XX` undone; None for
    /// those that took no part.
    pub fn path_arguments(&self) -> &[Option<String>] {
        &self.route.groups
    }

    /// What one of these groups stands for, by its number (from 0) or its name.
    ///
    /// # Panics
    ///
    /// If the pattern has no such group, or it took no part.
    pub fn path_argument(&self, group: impl Group) -> &str {
        let index = group.index(self);
        let found = index.and_then(|index| self.route.groups.get(index)?.as_deref());
        found.expect("the pattern of the route has no such group")
    }

    // Arguments

    /// The argument with this name, of the query or of the body's form: the last one, if there are several. Space around
    /// it is taken off, and control characters are.
    ///
    /// Tornado's `get_argument`.
    ///
    /// # Errors
    ///
    /// 400 if there is none, or the form cannot be read.
    pub fn argument(&self, name: &str) -> Result<String> {
        let found = self.arguments(name)?.pop();
        found.ok_or_else(|| HttpError::bad_request(format!("missing argument {name}")))
    }

    /// The same, with a default.
    ///
    /// # Errors
    ///
    /// 400 if the form cannot be read.
    pub fn argument_or(&self, name: &str, default: &str) -> Result<String> {
        let found = self.arguments(name)?.pop();
        Ok(found.unwrap_or_else(|| default.to_owned()))
    }

    /// All arguments with this name: those of the query, then those of the form.
    ///
    /// # Errors
    ///
    /// 400 if the form cannot be read.
    pub fn arguments(&self, name: &str) -> Result<Vec<String>> {
        let all = self.query().iter().chain(&self.form()?.arguments);
        let those = all.filter(|(known, _)| known == name);
        Ok(those.map(|(_, value)| cleaned(value)).collect())
    }

    /// The arguments of the query, as they came, in order.
    pub fn query(&self) -> &[(String, String)] {
        self.query.get_or_init(|| {
            let query = self.state.head.uri.query().unwrap_or_default();
            form_urlencoded::parse(query.as_bytes())
                .into_owned()
                .collect()
        })
    }

    /// The files of the body's form, `multipart/form-data`.
    ///
    /// # Errors
    ///
    /// 400 if the form cannot be read.
    pub fn files(&self) -> Result<&[File]> {
        Ok(&self.form()?.files)
    }

    fn form(&self) -> Result<&Form> {
        if let Some(form) = self.form.get() {
            return Ok(form);
        }
        let kind = self.state.head.headers.get(CONTENT_TYPE);
        let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let essence = kind.split(';').next().unwrap_or_default().trim();
        let form = if essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            Form {
                arguments: form_urlencoded::parse(&self.body).into_owned().collect(),
                files: Vec::new(),
            }
        } else if essence.eq_ignore_ascii_case("multipart/form-data") {
            let (arguments, files) = form::multipart(kind, &self.body)?;
            Form { arguments, files }
        } else {
            Form::default()
        };
        Ok(self.form.get_or_init(|| form))
    }

    /// The value of a cookie, as it came.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        let lines = self.state.head.headers.get_all(COOKIE).iter();
        let pairs = lines.filter_map(|line| line.to_str().ok());
        let mut pairs = pairs
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.split_once('='));
        let (_, value) = pairs.find(|(known, _)| known.trim() == name)?;
        let value = value.trim();
        let quoted = value
            .strip_prefix('"')
            .and_then(|value| value.strip_suffix('"'));
        Some(quoted.unwrap_or(value))
    }

    // The body

    /// The whole body. Before `prepare` is over, and in a handler that [streams](crate::Handler::STREAM_BODY), it is empty.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// The body, parsed as JSON.
    ///
    /// # Errors
    ///
    /// 400 if it is no JSON, or not that of a `T`.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_slice(&self.body)
            .map_err(|error| HttpError::bad_request(error.to_string()))
    }

    /// The next piece of the body, None at its end. For a handler that [streams](crate::Handler::STREAM_BODY); in others
    /// the body is read already.
    ///
    /// A client that waits for `100 Continue` gets it at the first call.
    ///
    /// # Errors
    ///
    /// 413 if there is more than the limit; 400 if the body is not what HTTP asks for.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>> {
        let Some(incoming) = &mut self.incoming else {
            return Ok(None);
        };
        let too_large = || HttpError::new(StatusCode::PAYLOAD_TOO_LARGE);
        if incoming.size_hint().lower() > self.body_limit {
            return Err(too_large());
        }
        let chunk = match body::next(incoming, &self.state).await {
            Ok(Some(chunk)) => chunk,
            Ok(None) => {
                self.incoming = None;
                return Ok(None);
            }
            Err(error) => {
                self.broken = true;
                return Err(error);
            }
        };
        let left = self.body_limit.checked_sub(chunk.len() as u64);
        self.body_limit = left.ok_or_else(too_large)?;
        Ok(Some(chunk))
    }

    /// Whether there is more of it.
    pub(crate) fn has_body(&self) -> bool {
        self.incoming.is_some()
    }

    /// Reads what nobody has asked for, if it is little; else the connection has to be closed. False if it has to.
    pub(crate) async fn discard(&mut self) -> bool {
        match &self.incoming {
            _ if self.broken => return false,
            None => return true,
            Some(incoming) if incoming.is_end_stream() => return true,
            // It would be told to go on.
            Some(_) if self.headers().contains_key(EXPECT) => return false,
            Some(_) => {}
        }
        self.body_limit = LITTLE;
        loop {
            match self.chunk().await {
                Ok(Some(_)) => {}
                Ok(None) => return true,
                Err(_) => return false,
            }
        }
    }

    /// Reads the whole body.
    pub(crate) async fn read(&mut self) -> Result {
        let Some(first) = self.chunk().await? else {
            return Ok(());
        };
        let Some(second) = self.chunk().await? else {
            self.body = first;
            return Ok(());
        };
        let mut body = BytesMut::from(first);
        body.extend_from_slice(&second);
        while let Some(chunk) = self.chunk().await? {
            body.extend_from_slice(&chunk);
        }
        self.body = body.freeze();
        Ok(())
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", self.method())
            .field("path", &self.path())
            .finish_non_exhaustive()
    }
}

/// Names a group of a route's pattern: by its number, from 0, or by its name.
pub trait Group: sealed::Sealed {
    #[doc(hidden)]
    fn index(&self, request: &Request) -> Option<usize>;
}

impl Group for usize {
    fn index(&self, _: &Request) -> Option<usize> {
        Some(*self)
    }
}

impl Group for &str {
    fn index(&self, request: &Request) -> Option<usize> {
        request.route.pattern.as_ref()?.named(self)
    }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for usize {}
    impl Sealed for &str {}
}

/// Undoes the `%XX` of what a group stands for.
pub(crate) fn decoded(group: &str) -> Result<String> {
    let decoded = percent_decode_str(group).decode_utf8();
    let decoded = decoded.map_err(|_| HttpError::bad_request("the path is not UTF-8"))?;
    Ok(decoded.into_owned())
}

/// As Tornado has it: no space around, and no control characters, as they have no place in what a user types.
fn cleaned(value: &str) -> String {
    let unwanted = |c: &char| c.is_control() && !"\t\n\r".contains(*c);
    let clean: String = value.chars().filter(|c| !unwanted(c)).collect();
    clean.trim().to_owned()
}
