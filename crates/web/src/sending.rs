//! From a handler at work to the reply that hyper sends.

use std::cell::RefCell;
use std::convert::Infallible;
use std::fmt;
use std::mem;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_TYPE};
use http::{HeaderValue, Response, StatusCode};
use hyper::body::{Frame, Incoming, SizeHint};
use hyper::service::Service;

use crate::check::{SoundHost, check};
use crate::connection::Connection;
use crate::handler::Run;
use crate::state::{Stage, State};
use crate::upgrade::Upgrade;

/// What goes on after the reply to a request.
pub(crate) type Switch = (Rc<State>, Upgrade);

/// Answers the requests of one connection.
pub(crate) struct Dispatch {
    pub(crate) connection: Rc<Connection>,
    pub(crate) host: SoundHost,
    /// What goes on when HTTP is over.
    pub(crate) upgrade: Rc<RefCell<Option<Switch>>>,
}

impl Service<http::Request<Incoming>> for Dispatch {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Answering;

    fn call(&self, request: http::Request<Incoming>) -> Answering {
        let number = self.connection.watch.begins();
        let (head, incoming) = request.into_parts();
        let application = &self.connection.application;
        let checked = check(&head, application.limits.target_bytes, &self.host);
        let state = State::new(self.connection.clone(), number, head);
        Answering {
            work: Some(Work(application.begin(checked, incoming, state))),
            upgrade: self.upgrade.clone(),
        }
    }
}

/// A handler at work, and what it has to say. Dropped before all is said, it ends the work: the client is gone.
struct Work(Run);

impl Work {
    fn state(&self) -> &Rc<State> {
        self.0.state()
    }

    /// The reply is complete; what is left of the work is done without the client.
    fn over(mut self) {
        if !self.0.is_over() {
            let over = Run::nothing(self.state().clone());
            drop(ioloop::spawn(mem::replace(&mut self.0, over)));
        }
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        if self.state().stage.get() != Stage::Finished {
            self.state().leave();
        }
    }
}

/// Waits until the headers of the reply are known.
pub(crate) struct Answering {
    work: Option<Work>,
    upgrade: Rc<RefCell<Option<Switch>>>,
}

impl Future for Answering {
    type Output = Result<Response<Body>, Infallible>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let work = self.work.as_mut().expect("not polled when it is over");
        let _ = Pin::new(&mut work.0).poll(cx);
        if work.state().stage.get() == Stage::Collecting {
            work.state().sent_by(cx);
            return Poll::Pending;
        }
        let work = self.work.take().expect("it was there just now");
        if let Some(then) = work.state().upgrade.take() {
            *self.upgrade.borrow_mut() = Some((work.state().clone(), then));
        }
        Poll::Ready(Ok(response(work)))
    }
}

fn response(work: Work) -> Response<Body> {
    let state = work.state().clone();
    let status = state.status.get();
    let bodiless = status.is_informational()
        || status == StatusCode::NO_CONTENT
        || status == StatusCode::NOT_MODIFIED;
    if bodiless {
        state.clear_body();
    }
    let said = match state.stage.get() {
        Stage::Finished => {
            let whole = state.take();
            work.over();
            Said::Whole(whole)
        }
        _ => Said::InPieces(work),
    };
    let connection = state.connection.clone();
    let mut response = Response::new(Body { said, connection });
    *response.status_mut() = status;
    let headers = response.headers_mut();
    // Swapped, so that no map is dropped here: an empty one takes its time too.
    mem::swap(headers, &mut *state.headers.borrow_mut());
    if !bodiless {
        let html = || HeaderValue::from_static("text/html; charset=UTF-8");
        headers.entry(CONTENT_TYPE).or_insert_with(html);
    }
    if state.close.get() {
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// The body of a reply. When it is dropped, the connection is free for another request.
pub(crate) struct Body {
    said: Said,
    connection: Rc<Connection>,
}

enum Said {
    Whole(Bytes),
    InPieces(Work),
}

/// The end of a body is missing.
#[derive(Debug)]
pub(crate) struct Broken;

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the handler failed after its headers were sent")
    }
}

impl std::error::Error for Broken {}

impl hyper::body::Body for Body {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        let work = match &mut self.said {
            Said::Whole(bytes) if bytes.is_empty() => return Poll::Ready(None),
            Said::Whole(bytes) => {
                let bytes = mem::take(bytes);
                return Poll::Ready(Some(Ok(Frame::data(bytes))));
            }
            Said::InPieces(work) => work,
        };
        let mut polled = Poll::Ready(());
        loop {
            let bytes = work.state().take();
            if !bytes.is_empty() {
                return Poll::Ready(Some(Ok(Frame::data(bytes))));
            }
            if work.state().broken.get() {
                // hyper forgets what it has not sent when it sees an error: it has one poll to send it.
                if !work.state().gave_up.replace(true) {
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
                return Poll::Ready(Some(Err(Broken)));
            }
            if work.state().stage.get() == Stage::Finished {
                break;
            }
            if polled.is_pending() {
                work.state().sent_by(cx);
                return Poll::Pending;
            }
            polled = Pin::new(&mut work.0).poll(cx);
            if polled.is_ready() && work.state().stage.get() != Stage::Finished {
                return Poll::Ready(Some(Err(Broken)));
            }
        }
        let over = mem::replace(&mut self.said, Said::Whole(Bytes::new()));
        if let Said::InPieces(work) = over {
            work.over();
        }
        Poll::Ready(None)
    }

    fn is_end_stream(&self) -> bool {
        matches!(&self.said, Said::Whole(bytes) if bytes.is_empty())
    }

    fn size_hint(&self) -> SizeHint {
        match &self.said {
            Said::Whole(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Said::InPieces(_) => SizeHint::default(),
        }
    }
}

impl Drop for Body {
    fn drop(&mut self) {
        self.connection.watch.ends();
    }
}
