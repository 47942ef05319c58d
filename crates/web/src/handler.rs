use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::thread;

use http::{Method, StatusCode};

use crate::Request;
use crate::error::{HttpError, Result};
use crate::reply::Reply;
use crate::state::{Stage, State};

/// Answers the requests of a route: Tornado's `RequestHandler`. There is one for each request, made by the function that
/// the [route](crate::Application::route) has; that is what `initialize` is in Tornado.
///
/// Then `prepare` is called, the method of the request, and when the reply is finished `on_finish`. An `Err` of the first
/// two is answered with its status; so is a panic, with 500, and the connection is closed.
///
/// Nothing here has to be `Send`: a connection stays on its loop. If the client goes away the method's future is dropped
/// where it waits.
///
/// ```
/// use web::{Application, Handler, Reply, Request};
///
/// struct Hello {
///     greeting: &'static str,
/// }
///
/// impl Handler for Hello {
///     async fn get(&mut self, request: &mut Request, reply: &mut Reply) -> web::Result {
///         let name = request.argument("name")?; // or 400
///         reply.write(format!("{}, {name}!", self.greeting));
///         Ok(())
///     }
/// }
///
/// let application = Application::new().route("/hello", || Hello { greeting: "Hello" });
/// # drop(application);
/// ```
#[expect(
    async_fn_in_trait,
    reason = "a loop has one thread: nobody needs the futures to be Send"
)]
#[expect(
    unused_variables,
    reason = "what the methods here get is for those that replace them"
)]
pub trait Handler: 'static {
    /// Whether it reads the body itself, by [`Request::chunk`]. If not, the body is there, whole, when the method of the
    /// request is called.
    const STREAM_BODY: bool = false;

    /// What a 405 says in `Allow`, such as `"GET, HEAD"`. HTTP wants it, and Rust does not tell which methods you wrote.
    const ALLOW: &'static str = "";

    /// Called first, before the body is read: to refuse, or to have ready what all methods need. If it finishes the reply
    /// the method is not called.
    async fn prepare(&mut self, request: &mut Request, reply: &mut Reply) -> Result {
        Ok(())
    }

    /// Answers a GET.
    async fn get(&mut self, request: &mut Request, reply: &mut Reply) -> Result {
        not_allowed()
    }

    /// Answers a HEAD; as a GET, if you do not write another. The body is not sent, only its length.
    async fn head(&mut self, request: &mut Request, reply: &mut Reply) -> Result {
        self.get(request, reply).await
    }

    /// Answers a POST.
    async fn post(&mut self, request: &mut Request, reply: &mut Reply) -> Result {
        not_allowed()
    }

    /// Answers a PUT.
    async fn put(&mut self, request: &mut Request, reply: &mut Reply) -> Result {
        not_allowed()
    }

    /// Answers a PATCH.
    async fn patch(&mut self, request: &mut Request, reply: &mut Reply) -> Result {
        not_allowed()
    }

    /// Answers a DELETE.
    async fn delete(&mut self, request: &mut Request, reply: &mut Reply) -> Result {
        not_allowed()
    }

    /// Answers an OPTIONS.
    async fn options(&mut self, request: &mut Request, reply: &mut Reply) -> Result {
        not_allowed()
    }

    /// Writes the page of an error. The status is set, and what was written before is forgotten; a short page is there,
    /// and can be replaced, after [`Reply::clear_body`].
    fn write_error(&mut self, error: &HttpError, reply: &mut Reply) {}

    /// Called when the reply is finished, on its way to the client. Not if the client has gone before.
    fn on_finish(&mut self, request: &Request) {}
}

pub(crate) fn not_allowed() -> Result {
    Err(HttpError::new(StatusCode::METHOD_NOT_ALLOWED))
}

/// A handler at work on one request.
pub(crate) struct Run {
    future: Option<Pin<Box<dyn Future<Output = ()>>>>,
    state: Rc<State>,
}

impl Run {
    pub(crate) fn new(future: impl Future<Output = ()> + 'static, state: Rc<State>) -> Self {
        Self {
            future: Some(Box::pin(future)),
            state,
        }
    }

    /// One that is over.
    pub(crate) fn nothing(state: Rc<State>) -> Self {
        Self {
            future: None,
            state,
        }
    }

    pub(crate) fn state(&self) -> &Rc<State> {
        &self.state
    }

    pub(crate) fn is_over(&self) -> bool {
        self.future.is_none()
    }
}

/// A panic is answered, and goes no further.
impl Future for Run {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let Some(future) = &mut self.future else {
            return Poll::Ready(());
        };
        match poll_caught(future.as_mut(), cx) {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(Ok(())) => self.future = None,
            Poll::Ready(Err(panic)) => {
                panicked(&self.state, &*panic);
                // What it holds may panic again.
                let future = self.future.take();
                let _ = catch_unwind(AssertUnwindSafe(|| drop(future)));
            }
        }
        Poll::Ready(())
    }
}

/// Polls what is not ours: a panic there goes no further.
pub(crate) fn poll_caught<F: Future + ?Sized>(
    work: Pin<&mut F>,
    cx: &mut Context<'_>,
) -> Poll<thread::Result<F::Output>> {
    let polled = catch_unwind(AssertUnwindSafe(|| work.poll(cx)));
    match polled {
        Ok(polled) => polled.map(Ok),
        Err(panic) => Poll::Ready(Err(panic)),
    }
}

/// What a panic says.
pub(crate) fn text_of(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("something that is no text")
}

fn panicked(state: &State, panic: &(dyn Any + Send)) {
    log::error!("Uncaught panic {}: {}", state.summary(), text_of(panic));
    match state.stage.get() {
        Stage::Finished => return,
        Stage::Streaming => state.broken.set(true),
        Stage::Collecting => {
            state.be_error(StatusCode::INTERNAL_SERVER_ERROR);
            state.close.set(true);
        }
    }
    state.finish();
}

/// The life of a handler.
pub(crate) fn run<H: Handler>(
    initialize: Rc<impl Fn() -> H + 'static>,
    mut request: Request,
) -> Run {
    let state = request.state().clone();
    let mut reply = Reply::new(state.clone());
    // Not an `async fn`, which would have room for the request twice.
    let future = async move {
        let mut handler = initialize();
        if let Err(error) = answer(&mut handler, &mut request, &mut reply).await {
            fail(&mut handler, &error, &mut reply);
        }
        let state = reply.state();
        if state.stage.get() == Stage::Collecting && !request.discard().await {
            state.close.set(true);
        }
        if state.later.get() == 0 || state.failed.get() {
            state.finish();
        }
        state.finished().await;
        if !state.is_gone() {
            handler.on_finish(&request);
        }
    };
    Run::new(future, state)
}

async fn answer<H: Handler>(handler: &mut H, request: &mut Request, reply: &mut Reply) -> Result {
    handler.prepare(request, reply).await?;
    if reply.is_finished() {
        return Ok(());
    }
    if !H::STREAM_BODY && request.has_body() {
        request.read().await?;
    }
    match *request.method() {
        Method::GET => handler.get(request, reply).await,
        Method::HEAD => handler.head(request, reply).await,
        Method::POST => handler.post(request, reply).await,
        Method::PUT => handler.put(request, reply).await,
        Method::PATCH => handler.patch(request, reply).await,
        Method::DELETE => handler.delete(request, reply).await,
        Method::OPTIONS => handler.options(request, reply).await,
        _ => not_allowed(),
    }
}

fn fail<H: Handler>(handler: &mut H, error: &HttpError, reply: &mut Reply) {
    let state = reply.state().clone();
    let summary = state.summary();
    match error.cause() {
        _ if state.is_gone() => return,
        Some(_) => log::error!("Uncaught error {summary}: {error}"),
        None => log::debug!("{summary}: {error}"),
    }
    match state.stage.get() {
        Stage::Finished => {}
        Stage::Streaming => {
            log::error!("{summary}: {error} cannot be answered, the headers are sent");
            state.broken.set(true);
        }
        Stage::Collecting => {
            let status = error.status();
            state.be_error(status);
            if status == StatusCode::METHOD_NOT_ALLOWED {
                state.be_not_allowed(H::ALLOW);
            }
            handler.write_error(error, reply);
            state.failed.set(true);
            return;
        }
    }
    state.finish();
}
