use std::fmt;
use std::rc::Rc;

use http::header::{CONTENT_TYPE, LOCATION, SET_COOKIE};
use http::{HeaderName, HeaderValue, StatusCode};
use serde::Serialize;

use crate::cookie::Cookie;
use crate::error::{HttpError, Result};
use crate::state::{Stage, State};
use crate::upgrade::{self, Upgraded};
use crate::{Request, static_files};

/// The reply to a request.
///
/// What is [written](Reply::write) is collected, and sent as a whole when the handler's method is over; so headers and
/// status can be set at any time before. [`flush`](Reply::flush) sends it piece by piece, [`finish`](Reply::finish) before
/// the method is over, [`asynchronous`](Reply::asynchronous) after.
///
/// Headers, cookies and addresses cannot smuggle anything into the reply: line ends are refused by their types.
pub struct Reply {
    state: Rc<State>,
    later: bool,
}

impl Reply {
    pub(crate) fn new(state: Rc<State>) -> Self {
        Self {
            state,
            later: false,
        }
    }

    pub(crate) fn state(&self) -> &Rc<State> {
        &self.state
    }

    /// Sets the status; it is 200 if not set.
    pub fn set_status(&mut self, status: StatusCode) {
        self.state.status.set(status);
    }

    /// The status as it is now.
    pub fn status(&self) -> StatusCode {
        self.state.status.get()
    }

    /// Sets a header in place of those of the same name. The type of the content is
    /// `text/html; charset=UTF-8` if it is not set.
    ///
    /// # Errors
    ///
    /// A name or a value that HTTP does not allow, such as one with a line end. With `?` in a handler that is a 500.
    pub fn set_header<N, V>(&mut self, name: N, value: V) -> std::result::Result<(), http::Error>
    where
        N: TryInto<HeaderName, Error: Into<http::Error>>,
        V: TryInto<HeaderValue, Error: Into<http::Error>>,
    {
        let (name, value) = header(name, value)?;
        self.state.headers.borrow_mut().insert(name, value);
        Ok(())
    }

    /// Sets a header beside those of the same name.
    ///
    /// # Errors
    ///
    /// As [`set_header`](Reply::set_header).
    pub fn add_header<N, V>(&mut self, name: N, value: V) -> std::result::Result<(), http::Error>
    where
        N: TryInto<HeaderName, Error: Into<http::Error>>,
        V: TryInto<HeaderValue, Error: Into<http::Error>>,
    {
        let (name, value) = header(name, value)?;
        self.state.headers.borrow_mut().append(name, value);
        Ok(())
    }

    /// Takes back a header.
    pub fn clear_header(&mut self, name: impl AsRef<str>) {
        self.state.headers.borrow_mut().remove(name.as_ref());
    }

    /// Sets a cookie.
    ///
    /// # Panics
    ///
    /// Never: a [`Cookie`] has only what a header can have.
    pub fn set_cookie(&mut self, cookie: &Cookie) {
        let value = cookie.to_header().expect("a cookie is a header's value");
        self.state.headers.borrow_mut().append(SET_COOKIE, value);
    }

    /// Adds text, or bytes, to the body.
    ///
    /// # Panics
    ///
    /// If the reply is finished.
    #[track_caller]
    pub fn write(&mut self, body: impl AsRef<[u8]>) {
        self.assert_open();
        self.state.write(body.as_ref());
    }

    /// Forgets what was written and not yet sent.
    pub fn clear_body(&mut self) {
        self.state.clear_body();
    }

    /// Adds `value` to the body as JSON, and says in the headers that the body is JSON. What Tornado's `write` does with a
    /// `dict`.
    ///
    /// # Errors
    ///
    /// What JSON cannot say, such as a map whose keys are no text.
    ///
    /// # Panics
    ///
    /// If the reply is finished.
    #[track_caller]
    pub fn write_json(&mut self, value: &(impl Serialize + ?Sized)) -> serde_json::Result<()> {
        self.assert_open();
        let json = serde_json::to_vec(value)?;
        let kind = HeaderValue::from_static("application/json; charset=UTF-8");
        self.state.set_header(CONTENT_TYPE, kind);
        self.state.write(&json);
        Ok(())
    }

    /// Adds what the [template](crate::Application::templates) of that name makes of `context`: what
    /// [`context!`](crate::context) makes, or anything that can be serialized. In a template whose name ends in `.html`
    /// all that is put in is escaped.
    ///
    /// # Errors
    ///
    /// There is no such template, or it cannot be read, or there is an error in it.
    ///
    /// # Panics
    ///
    /// If the reply is finished.
    #[track_caller]
    pub fn render(
        &mut self,
        template: &str,
        context: impl Serialize,
    ) -> std::result::Result<(), minijinja::Error> {
        self.assert_open();
        let templates = &self.state.connection.application.templates;
        let text = templates.get_template(template)?.render(context)?;
        self.state.write(text.as_bytes());
        Ok(())
    }

    /// The address of a file beneath the [static files](crate::Application::static_files), with its version, so that a
    /// browser may keep it for ever: `/static/page.css?v=...`. In a template: `{{ static_url("page.css") }}`.
    ///
    /// It asks the system for the file's time, which blocks for a moment. A file that is not there has no version.
    ///
    /// # Panics
    ///
    /// If the application has no static files.
    pub fn static_url(&self, path: &str) -> String {
        let files = self.state.connection.application.files.as_ref();
        let files = files.expect("the application has no static files");
        static_files::url(files, path)
    }

    /// Sends the client elsewhere, with status 302, and finishes.
    ///
    /// # Errors
    ///
    /// An address that has line ends or other control characters.
    ///
    /// # Panics
    ///
    /// If the reply is finished, or flushed.
    #[track_caller]
    pub fn redirect(&mut self, to: &str) -> std::result::Result<(), http::Error> {
        assert!(
            self.state.stage.get() == Stage::Collecting,
            "the headers are sent already"
        );
        let to = HeaderValue::from_str(to)?;
        self.state.status.set(StatusCode::FOUND);
        self.state.set_header(LOCATION, to);
        self.finish();
        Ok(())
    }

    /// Forgets what was written, answers with `status` alone, and finishes: Tornado's `send_error`. Where a handler can
    /// return, `Err(HttpError::new(status))` does the same, and has the handler's
    /// [`write_error`](crate::Handler::write_error) asked.
    ///
    /// If the headers are sent already, the connection is closed instead, so that the client sees that the end is missing.
    pub fn send_error(&mut self, status: StatusCode) {
        match self.state.stage.get() {
            Stage::Finished => return,
            Stage::Streaming => self.state.broken.set(true),
            Stage::Collecting => self.state.be_error(status),
        }
        self.state.finish();
    }

    /// Sends the headers, if they are not sent, and what was written since; waits until that is with the connection. A
    /// client that does not read keeps it waiting.
    ///
    /// # Errors
    ///
    /// The client is gone.
    pub async fn flush(&mut self) -> Result {
        self.state.stream();
        match self.state.flushed().await {
            true => Ok(()),
            // Nobody is there to be told.
            false => Err(HttpError::bad_request("the client is gone")),
        }
    }

    /// The reply is complete, and sent. At the end of a handler's method this is done for it. What the method does after
    /// that is done in a task of its own.
    pub fn finish(&mut self) {
        self.state.finish();
    }

    /// Whether it is finished.
    pub fn is_finished(&self) -> bool {
        self.state.stage.get() == Stage::Finished
    }

    /// Whether nobody waits for it any more: the client has gone.
    pub fn is_closed(&self) -> bool {
        self.state.is_gone()
    }

    /// From now on the end of the handler's method does not finish the reply; `finish` on what this gives does, whoever
    /// calls it, and whenever. Tornado 4's `@asynchronous`, for callbacks; an `async` method that awaits does not need it.
    ///
    /// Dropped without, the reply is a 500.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use ioloop::IoLoop;
    /// use web::{Handler, Reply, Request};
    ///
    /// struct Later;
    ///
    /// impl Handler for Later {
    ///     async fn get(&mut self, _: &mut Request, reply: &mut Reply) -> web::Result {
    ///         let mut reply = reply.asynchronous();
    ///         IoLoop::current().call_later(Duration::from_secs(1), move || {
    ///             reply.write("a second later");
    ///             reply.finish();
    ///         });
    ///         Ok(())
    ///     }
    /// }
    /// ```
    #[must_use]
    pub fn asynchronous(&mut self) -> Reply {
        self.state.later.set(self.state.later.get() + 1);
        Reply {
            state: self.state.clone(),
            later: true,
        }
    }

    /// Answers `101 Switching Protocols`, and hands the connection to `then`, which speaks `protocol` from then on, as
    /// long as it likes. The reply is finished by this; headers that the protocol needs are to be set before.
    ///
    /// What the client has sent already is read first.
    ///
    /// # Errors
    ///
    /// 400 if the client has not asked for `protocol` (`Upgrade` and `Connection: upgrade` in a GET of HTTP/1.1).
    ///
    /// # Panics
    ///
    /// If the reply is finished or flushed.
    #[track_caller]
    pub fn upgrade<F>(
        &mut self,
        request: &Request,
        protocol: &'static str,
        then: impl FnOnce(Upgraded) -> F + 'static,
    ) -> Result
    where
        F: Future<Output = ()> + 'static,
    {
        assert!(
            self.state.stage.get() == Stage::Collecting,
            "the headers are sent already"
        );
        upgrade::asked(request, protocol)?;
        upgrade::begin(&self.state, protocol, then);
        self.state.finish();
        Ok(())
    }

    #[track_caller]
    fn assert_open(&self) {
        assert!(!self.is_finished(), "the reply is finished already");
    }
}

fn header<N, V>(name: N, value: V) -> std::result::Result<(HeaderName, HeaderValue), http::Error>
where
    N: TryInto<HeaderName, Error: Into<http::Error>>,
    V: TryInto<HeaderValue, Error: Into<http::Error>>,
{
    let name = name.try_into().map_err(Into::into)?;
    let value = value.try_into().map_err(Into::into)?;
    Ok((name, value))
}

impl Drop for Reply {
    fn drop(&mut self) {
        if !self.later {
            return;
        }
        let left = self.state.later.get() - 1;
        self.state.later.set(left);
        if left == 0 && !self.is_finished() {
            if !self.state.is_gone() {
                let summary = self.state.summary();
                log::error!("{summary}: an asynchronous reply was dropped before it was finished");
            }
            self.send_error(StatusCode::INTERNAL_SERVER_ERROR);
        }
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply")
            .field("status", &self.status())
            .field("stage", &self.state.stage.get())
            .finish_non_exhaustive()
    }
}
