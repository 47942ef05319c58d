//! One connection, from its first byte to its end.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::io;
use std::net::IpAddr;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use futures_io::{AsyncRead, AsyncWrite};
use http::HeaderMap;
use hyper::server::conn::http1;

use crate::application::Shared;
use crate::check::SoundHost;
use crate::handler::{poll_caught, text_of};
use crate::io::{Io, arrivals};
use crate::sending::{Dispatch, Switch};
use crate::upgrade::Upgraded;
use crate::watch::{Watch, Watchdog};

/// How long, and for how many bytes, a connection that we close waits until its peer has seen that. If it were closed with
/// bytes not read, the system would reset it, and the peer might lose the reply.
const LINGER: Duration = Duration::from_secs(2);
const LINGER_BYTES: usize = 1 << 20;

/// So many lines of headers hyper takes if it is not told.
const HYPERS_LINES: usize = 100;

/// Whether a connection may go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Wish {
    GoOn,
    /// After the request that it serves it is to close.
    EndSoon,
    /// It is cut off.
    EndNow,
}

/// What all requests of a connection share.
pub(crate) struct Connection {
    pub(crate) application: Rc<Shared>,
    pub(crate) watch: Rc<Watch>,
    pub(crate) remote: Option<IpAddr>,
    /// An empty map that has room, for the headers of the next reply.
    pub(crate) spare: RefCell<HeaderMap>,
}

/// What the server has to say to a connection.
pub(crate) struct Ear {
    wish: Cell<Wish>,
    waker: RefCell<Option<Waker>>,
}

impl Ear {
    pub(crate) fn new() -> Self {
        Self {
            wish: Cell::new(Wish::GoOn),
            waker: RefCell::default(),
        }
    }

    pub(crate) fn tell(&self, wish: Wish) {
        self.wish.set(wish.max(self.wish.get()));
        let waker = self.waker.take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    pub(crate) fn hear(&self, cx: &Context<'_>) -> Wish {
        let mut slot = self.waker.borrow_mut();
        match &mut *slot {
            Some(waker) => waker.clone_from(cx.waker()),
            slot => *slot = Some(cx.waker().clone()),
        }
        self.wish.get()
    }

    /// Does `what`, unless it is cut off. It need not end soon.
    async fn unless_cut<T>(&self, what: impl Future<Output = T>) -> Option<T> {
        let mut what = pin!(what);
        poll_fn(|cx| match self.hear(cx) {
            Wish::EndNow => Poll::Ready(None),
            _ => what.as_mut().poll(cx).map(Some),
        })
        .await
    }
}

/// Serves `stream` to its end.
pub(crate) async fn serve<S>(
    stream: S,
    remote: Option<IpAddr>,
    application: Rc<Shared>,
    ear: Rc<Ear>,
) where
    S: AsyncRead + AsyncWrite + Unpin + 'static,
{
    let served = http(stream, remote, application, &ear).await;
    match served {
        Served::Cut => {}
        Served::Done(stream) => {
            let _ = ear.unless_cut(close(stream)).await;
        }
        Served::Upgraded((state, upgrade), upgraded) => {
            // It would keep the buffer that the request was read into.
            let summary = state.summary().to_string();
            drop(state);
            let mut spoken = pin!(async move { upgrade(upgraded).await });
            let spoken = poll_fn(|cx| poll_caught(spoken.as_mut(), cx));
            if let Some(Err(panic)) = ear.unless_cut(spoken).await {
                log::error!("Uncaught panic {summary}: {}", text_of(&*panic));
            }
        }
    }
}

enum Served<S> {
    Cut,
    Done(S),
    Upgraded(Switch, Upgraded),
}

async fn http<S>(
    stream: S,
    remote: Option<IpAddr>,
    application: Rc<Shared>,
    ear: &Rc<Ear>,
) -> Served<S>
where
    S: AsyncRead + AsyncWrite + Unpin + 'static,
{
    let limits = application.limits.clone();
    let watch = Rc::new(Watch::new(limits.clone()));
    let upgrade = Rc::default();
    let dispatch = Dispatch {
        connection: Rc::new(Connection {
            application,
            watch: watch.clone(),
            remote,
            spare: RefCell::default(),
        }),
        host: SoundHost::default(),
        upgrade: Rc::clone(&upgrade),
    };
    let mut builder = http1::Builder::new();
    builder
        .max_header_size(limits.header_bytes)
        .max_buf_size(limits.header_bytes.max(8 << 10))
        .header_read_timeout(None); // the watchdog's
    if limits.header_lines != HYPERS_LINES {
        // Told, hyper keeps room for them on the heap, anew for each request; else on the stack.
        builder.max_headers(limits.header_lines);
    }
    let io = Io::new(stream, Some(watch.clone()));
    let mut connection = builder.serve_connection(io, dispatch);

    let mut watchdog = Watchdog::new();
    let mut told = Wish::GoOn;
    let outcome = poll_fn(|cx| {
        watch.poll_begins();
        let wish = ear.hear(cx);
        if wish > told {
            told = wish;
            if wish == Wish::EndNow {
                return Poll::Ready(Outcome::Cut);
            }
            Pin::new(&mut connection).graceful_shutdown();
        }
        if let Poll::Ready(served) = connection.poll_without_shutdown(cx) {
            return Poll::Ready(Outcome::Over(served));
        }
        watchdog.poll(&watch, cx).map(|()| Outcome::TooLong)
    })
    .await;

    let ended = match outcome {
        Outcome::Cut => return Served::Cut,
        Outcome::TooLong => {
            log::debug!("{remote:?}: took too long, {:?}", watch.phase());
            return Served::Cut;
        }
        Outcome::Over(ended) => ended,
    };
    if let Err(error) = ended {
        log::debug!("{remote:?}: {error}");
    }
    let parts = connection.into_parts();
    let stream = parts.io.into_inner();
    match upgrade.take() {
        Some(upgrade) => {
            let upgraded = Upgraded::new(parts.read_buf, stream, Some(ear.clone()));
            Served::Upgraded(upgrade, upgraded)
        }
        None => Served::Done(stream),
    }
}

enum Outcome {
    Cut,
    TooLong,
    Over(hyper::Result<()>),
}

/// Says that nothing more will come, and waits until the peer knows.
pub(crate) async fn close(mut stream: impl AsyncRead + AsyncWrite + Unpin) {
    let closed = async {
        poll_fn(|cx| Pin::new(&mut stream).poll_close(cx)).await?;
        let mut left = LINGER_BYTES;
        while left > 0 {
            let read = poll_fn(|cx| arrivals(|buf| Pin::new(&mut stream).poll_read(cx, buf)));
            match read.await? {
                0 => break,
                count => left = left.saturating_sub(count),
            }
        }
        Ok::<(), io::Error>(())
    };
    // Whatever comes of it, it is over.
    let _ = ioloop::timeout(LINGER, closed).await;
}

/// Tells a peer that there is no room for it: what it takes at once, it gets.
pub(crate) async fn refuse(mut stream: impl AsyncWrite + Unpin) {
    const BUSY: &[u8] =
        b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    poll_fn(|cx| {
        let _ = ready!(Pin::new(&mut stream).poll_write(cx, BUSY));
        Pin::new(&mut stream).poll_close(cx)
    })
    .await
    .unwrap_or_default();
}
