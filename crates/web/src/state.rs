//! What a handler, the one who sends its reply, and those who finish it later share.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use bytes::Bytes;
use http::header::{ALLOW, CONTENT_TYPE};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode};

use crate::access::{self, Summary};
use crate::connection::Connection;
use crate::upgrade::Upgrade;

/// Room for so many headers is kept for the next reply, and not for more.
const SPARE: usize = 32;

/// How far a reply has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
    /// Nothing is sent; all can be changed.
    Collecting,
    /// The headers are on their way.
    Streaming,
    /// There is nothing to add.
    Finished,
}

/// One request, but for its body, and the reply to it. No borrow of a cell in it lasts over a call of code that is not ours.
pub(crate) struct State {
    pub(crate) connection: Rc<Connection>,
    /// Its number on its connection.
    pub(crate) number: u64,
    pub(crate) head: Parts,
    begin: Instant,
    pub(crate) stage: Cell<Stage>,
    pub(crate) status: Cell<StatusCode>,
    pub(crate) headers: RefCell<HeaderMap>,
    /// What is written and not sent.
    body: RefCell<Vec<u8>>,
    /// How many have it to finish it later.
    pub(crate) later: Cell<usize>,
    /// Nobody sends it: the client is gone, or all is sent.
    gone: Cell<bool>,
    /// It is an error's, not the handler's.
    pub(crate) failed: Cell<bool>,
    /// The connection is closed after it.
    pub(crate) close: Cell<bool>,
    /// The end of it is missing.
    pub(crate) broken: Cell<bool>,
    /// That was said before.
    pub(crate) gave_up: Cell<bool>,
    pub(crate) upgrade: RefCell<Option<Upgrade>>,
    /// Who sends it.
    sender: RefCell<Option<Waker>>,
    /// Who waits until that is done.
    flusher: RefCell<Option<Waker>>,
}

impl State {
    pub(crate) fn new(connection: Rc<Connection>, number: u64, head: Parts) -> Rc<Self> {
        let begin = connection.watch.now();
        let headers = connection.spare.take();
        Rc::new(Self {
            connection,
            number,
            head,
            begin,
            stage: Cell::new(Stage::Collecting),
            status: Cell::new(StatusCode::OK),
            headers: RefCell::new(headers),
            body: RefCell::default(),
            later: Cell::new(0),
            gone: Cell::new(false),
            failed: Cell::new(false),
            close: Cell::new(false),
            broken: Cell::new(false),
            gave_up: Cell::new(false),
            upgrade: RefCell::default(),
            sender: RefCell::default(),
            flusher: RefCell::default(),
        })
    }

    /// The request, as the log tells it.
    pub(crate) fn summary(&self) -> Summary<'_> {
        Summary(self)
    }

    pub(crate) fn write(&self, bytes: &[u8]) {
        let mut body = self.body.borrow_mut();
        match body.is_empty() {
            // As much room as that takes, and no more: mostly it is all.
            true => *body = bytes.to_vec(),
            false => body.extend_from_slice(bytes),
        }
    }

    pub(crate) fn clear_body(&self) {
        self.body.borrow_mut().clear();
    }

    /// Forgets all that was written.
    pub(crate) fn clear(&self) {
        self.status.set(StatusCode::OK);
        self.headers.borrow_mut().clear();
        self.body.borrow_mut().clear();
        drop(self.upgrade.take());
    }

    pub(crate) fn set_header(&self, name: http::HeaderName, value: HeaderValue) {
        self.headers.borrow_mut().insert(name, value);
    }

    /// Answers with `status` alone.
    pub(crate) fn be_error(&self, status: StatusCode) {
        self.clear();
        self.status.set(status);
        let html = HeaderValue::from_static("text/html; charset=UTF-8");
        self.set_header(CONTENT_TYPE, html);
        self.write(format!("<html><title>{status}</title><body>{status}</body></html>").as_bytes());
    }

    pub(crate) fn be_not_allowed(&self, allowed: &'static str) {
        if !allowed.is_empty() {
            self.set_header(ALLOW, HeaderValue::from_static(allowed));
        }
    }

    pub(crate) fn finish(&self) {
        if self.stage.replace(Stage::Finished) != Stage::Finished {
            access::log(self.summary(), self.status.get(), self.begin);
        }
        self.wake(&self.sender);
        self.wake(&self.flusher);
    }

    /// Begins to send. If that has begun, what was written since is sent anyway.
    pub(crate) fn stream(&self) {
        if self.stage.get() == Stage::Collecting {
            self.stage.set(Stage::Streaming);
        }
        self.wake(&self.sender);
    }

    /// Waits until all that was written is on its way. False if it never will be.
    pub(crate) async fn flushed(&self) -> bool {
        poll_fn(|cx| {
            if self.gone.get() || self.stage.get() == Stage::Finished {
                return Poll::Ready(!self.gone.get());
            }
            if self.body.borrow().is_empty() && self.stage.get() == Stage::Streaming {
                return Poll::Ready(true);
            }
            keep(&self.flusher, cx);
            Poll::Pending
        })
        .await
    }

    /// Waits until it is finished, or nobody wants it any more.
    pub(crate) async fn finished(&self) {
        poll_fn(|cx| {
            if self.gone.get() || self.stage.get() == Stage::Finished {
                return Poll::Ready(());
            }
            keep(&self.flusher, cx);
            Poll::Pending
        })
        .await;
    }

    pub(crate) fn is_gone(&self) -> bool {
        self.gone.get()
    }

    // For who sends it

    /// What there is to send now.
    pub(crate) fn take(&self) -> Bytes {
        let taken = Bytes::from(self.body.take());
        if !taken.is_empty() {
            self.wake(&self.flusher);
        }
        taken
    }

    pub(crate) fn sent_by(&self, cx: &Context<'_>) {
        keep(&self.sender, cx);
    }

    pub(crate) fn leave(&self) {
        self.gone.set(true);
        self.wake(&self.flusher);
    }

    fn wake(&self, who: &RefCell<Option<Waker>>) {
        let waker = who.take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

/// The headers of the request are over: the next reply can have their room.
impl Drop for State {
    fn drop(&mut self) {
        let headers = &mut self.head.headers;
        if headers.capacity() <= SPARE {
            headers.clear();
            std::mem::swap(headers, &mut *self.connection.spare.borrow_mut());
        }
    }
}

fn keep(slot: &RefCell<Option<Waker>>, cx: &Context<'_>) {
    let mut slot = slot.borrow_mut();
    match &mut *slot {
        Some(waker) => waker.clone_from(cx.waker()),
        slot => *slot = Some(cx.waker().clone()),
    }
}
