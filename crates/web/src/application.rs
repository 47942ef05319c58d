use std::fmt;
use std::io;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use http::StatusCode;
use hyper::body::Incoming;

use crate::Request;
use crate::error::{HttpError, Result};
use crate::handler::{Handler, Run, run};
use crate::limits::Limits;
use crate::pattern::Pattern;
use crate::reply::Reply;
use crate::request::{Matched, decoded};
use crate::state::State;
use crate::static_files::{Files, StaticFile};
use crate::websocket::{Opening, WebSocketHandler};

/// Routes, and what their handlers need: Tornado's `Application`.
///
/// ```
/// use web::{Application, Handler, Reply, Request};
///
/// struct Item;
///
/// impl Handler for Item {
///     async fn get(&mut self, request: &mut Request, reply: &mut Reply) -> web::Result {
///         let number: u32 = request.path_argument(0).parse()?;
///         reply.write_json(&[number, number + 1])?;
///         Ok(())
///     }
/// }
///
/// let application = Application::new().route(r"/item/(\d+)", || Item);
/// # drop(application);
/// ```
pub struct Application {
    shared: Shared,
}

/// An application that is complete.
pub(crate) struct Shared {
    routes: Vec<Route>,
    pub(crate) templates: minijinja::Environment<'static>,
    pub(crate) files: Option<Arc<Files>>,
    pub(crate) limits: Rc<Limits>,
}

impl Application {
    /// One without routes: every path is a 404.
    #[must_use]
    pub fn new() -> Self {
        Self {
            shared: Shared {
                routes: Vec::new(),
                templates: minijinja::Environment::new(),
                files: None,
                limits: Rc::default(),
            },
        }
    }

    /// Adds a route, see [`Route::new`].
    ///
    /// # Panics
    ///
    /// If the pattern is no regular expression.
    #[must_use]
    pub fn route<H: Handler>(self, pattern: &str, initialize: impl Fn() -> H + 'static) -> Self {
        self.add_route(Route::new(pattern, initialize))
    }

    /// Adds a route to WebSockets, see [`Route::websocket`].
    ///
    /// # Panics
    ///
    /// If the pattern is no regular expression.
    #[must_use]
    pub fn websocket<H: WebSocketHandler>(
        self,
        pattern: &str,
        initialize: impl Fn() -> H + 'static,
    ) -> Self {
        self.add_route(Route::websocket(pattern, initialize))
    }

    /// Adds a route. The first one whose pattern matches has the request.
    #[must_use]
    pub fn add_route(mut self, route: Route) -> Self {
        self.shared.routes.push(route);
        self
    }

    /// Serves the files beneath `folder` to GET and HEAD, where the path begins with `prefix`, such as `"/static/"`.
    ///
    /// Nothing outside of the folder can be had, by no path, and by no symbolic link. What is no plain file is a 404;
    /// a path that ends in a slash, and the prefix alone, stand for the `index.html` there. They are read on the threads
    /// of a pool.
    ///
    /// # Errors
    ///
    /// The folder cannot be opened.
    pub fn static_files(mut self, prefix: &str, folder: impl AsRef<Path>) -> io::Result<Self> {
        let files = Arc::new(Files::open(prefix, folder.as_ref())?);
        let (served, linked) = (files.clone(), files.clone());
        self.shared.files = Some(files);
        self.shared
            .templates
            .add_function("static_url", move |path: &str| {
                crate::static_files::url(&linked, path)
            });
        let pattern = format!("{}(.*)", regex::escape(prefix));
        Ok(self.route(&pattern, move || StaticFile::new(served.clone())))
    }

    /// Takes [templates](Reply::render) from the files beneath `folder`, by their paths there. Each is read when it is
    /// first asked for, and kept.
    ///
    /// They are written in the language of Jinja: `{{ name }}`, `{% for x in list %}`, `{% extends "base.html" %}`.
    #[must_use]
    pub fn templates(mut self, folder: impl AsRef<Path>) -> Self {
        let loader = minijinja::path_loader(folder);
        self.shared.templates.set_loader(loader);
        self
    }

    /// Adds a template that is in the program.
    ///
    /// # Errors
    ///
    /// It is no template.
    pub fn template(
        mut self,
        name: &'static str,
        source: &'static str,
    ) -> std::result::Result<Self, minijinja::Error> {
        self.shared.templates.add_template(name, source)?;
        Ok(self)
    }

    /// Sets what it bears.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.shared.limits = Rc::new(limits);
        self
    }

    pub(crate) fn into_shared(self) -> Shared {
        self.shared
    }
}

impl Default for Application {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Application {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Application")
            .field("routes", &self.shared.routes)
            .finish_non_exhaustive()
    }
}

type Begin = dyn Fn(Request) -> Run;

/// Which paths a handler has.
pub struct Route {
    pattern: Rc<Pattern>,
    begin: Box<Begin>,
    body_limit: Option<u64>,
}

impl Route {
    /// The requests whose whole path matches `pattern`, a regular expression, go to the handler that `initialize` makes
    /// for each. The groups of the pattern are the [arguments of the path](Request::path_arguments).
    ///
    /// What all handlers of the route share is captured by `initialize`.
    ///
    /// # Panics
    ///
    /// If the pattern is no regular expression.
    #[must_use]
    pub fn new<H: Handler>(pattern: &str, initialize: impl Fn() -> H + 'static) -> Self {
        let pattern = match Pattern::new(pattern) {
            Ok(pattern) => Rc::new(pattern),
            Err(error) => panic!("the pattern of a route: {error}"),
        };
        let initialize = Rc::new(initialize);
        Self {
            pattern,
            begin: Box::new(move |request| run(initialize.clone(), request)),
            body_limit: None,
        }
    }

    /// A request to such a path opens a WebSocket, whose handler `initialize` makes.
    ///
    /// A request that is not one for a WebSocket is a 400, one of a page from [elsewhere](WebSocketHandler::check_origin)
    /// a 403, another version than 13 a 426, another method than GET a 405.
    ///
    /// # Panics
    ///
    /// If the pattern is no regular expression.
    #[must_use]
    pub fn websocket<H: WebSocketHandler>(
        pattern: &str,
        initialize: impl Fn() -> H + 'static,
    ) -> Self {
        Self::new(pattern, move || Opening::new(initialize()))
    }

    /// How many bytes the body of its requests may have, in place of [`Limits::body`].
    #[must_use]
    pub fn body_limit(mut self, bytes: u64) -> Self {
        self.body_limit = Some(bytes);
        self
    }
}

impl fmt::Debug for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Route").field(&self.pattern).finish()
    }
}

impl Shared {
    /// The handler for a request at work on it; if there is none, or it must not get the request, one that says so.
    pub(crate) fn begin(&self, checked: Result, incoming: Incoming, state: Rc<State>) -> Run {
        if let Err(error) = &checked {
            let status = error.status();
            state
                .close
                .set(status.is_client_error() || status.is_server_error());
        }
        match checked.and_then(|()| self.matching(state.head.uri.path())) {
            Ok((route, matched)) => {
                let body_limit = route.body_limit.unwrap_or(self.limits.body);
                (route.begin)(Request::new(state, incoming, matched, body_limit))
            }
            Err(error) => {
                let status = error.status();
                let refusal = Rc::new(move || Refusal(status));
                run(
                    refusal,
                    Request::new(state, incoming, Matched::default(), 0),
                )
            }
        }
    }

    fn matching(&self, path: &str) -> Result<(&Route, Matched)> {
        for route in &self.routes {
            let Some(groups) = route.pattern.matches(path) else {
                continue;
            };
            let text = |(start, end)| decoded(&path[start..end]);
            let mut matched = Matched {
                groups: Vec::new(),
                pattern: Some(route.pattern.clone()),
            };
            for group in groups {
                matched.groups.push(group.map(text).transpose()?);
            }
            return Ok((route, matched));
        }
        Err(HttpError::new(StatusCode::NOT_FOUND))
    }
}

/// Answers with a status, whatever is asked.
struct Refusal(StatusCode);

impl Handler for Refusal {
    async fn prepare(&mut self, _: &mut Request, _: &mut Reply) -> Result {
        Err(HttpError::new(self.0))
    }
}
