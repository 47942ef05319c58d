//! Connections: new ones, and those that can be used again.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::time::{Duration, Instant};

use futures_io::{AsyncRead, AsyncWrite};
use hyper::client::conn::http1;
use hyper::client::conn::http1::SendRequest;
use ioloop::{JoinHandle, TcpStream, sleep_until, spawn};
use url::Url;

use super::body::Once;
use crate::io::Io;

/// How long a connection is kept that nobody uses: less than what servers do.
const IDLE: Duration = Duration::from_secs(10);
/// What is borne of a server's headers.
pub(super) const HEADER_BYTES: usize = 64 << 10;

/// A stream of bytes to a server.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin {}

impl<S: AsyncRead + AsyncWrite + Unpin> Stream for S {}

type Connecting = Pin<Box<dyn Future<Output = io::Result<Box<dyn Stream>>>>>;

/// How a connection comes about.
pub(super) type Connect = Rc<dyn Fn(Url) -> Connecting>;

/// By TCP.
pub(super) fn tcp() -> Connect {
    Rc::new(|url| {
        Box::pin(async move {
            if url.scheme() != "http" {
                let text = "https: give the client a way to connect that knows TLS";
                return Err(io::Error::new(io::ErrorKind::Unsupported, text));
            }
            let host = url.host_str().unwrap_or_default();
            let port = url.port_or_known_default().unwrap_or(80);
            let stream = TcpStream::connect(format!("{host}:{port}")).await?;
            // What is not sent at once is sent later: no harm.
            let _ = stream.set_nodelay(true);
            Ok(Box::new(stream) as Box<dyn Stream>)
        })
    })
}

/// A connection for one request at a time. Dropped, it is closed.
pub(super) struct Connection {
    pub(super) sender: SendRequest<Once>,
    task: JoinHandle<()>,
    /// It has served a request already.
    pub(super) used: bool,
}

impl Connection {
    pub(super) async fn new(connect: &Connect, url: &Url) -> io::Result<Self> {
        let stream = connect(url.clone()).await?;
        let (sender, connection) = http1::Builder::new()
            .max_header_size(HEADER_BYTES)
            .max_buf_size(HEADER_BYTES)
            .handshake(Io::new(stream, None))
            .await
            .map_err(io::Error::other)?;
        let task = spawn(async move {
            // Whoever waits for a response gets the error.
            let _ = connection.await;
        });
        Ok(Self {
            sender,
            task,
            used: false,
        })
    }

    /// Waits until it can take a request; false if it never will.
    pub(super) async fn is_ready(&mut self) -> bool {
        poll_fn(|cx| self.sender.poll_ready(cx)).await.is_ok()
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Scheme, host and port.
type Origin = String;

fn origin(url: &Url) -> Origin {
    url.origin().ascii_serialization()
}

/// The connections that wait for another request.
pub(super) struct Connections {
    idle: RefCell<HashMap<Origin, Vec<(Connection, Instant)>>>,
    /// Somebody will look for those that have waited too long.
    swept: Cell<bool>,
}

impl Connections {
    pub(super) fn new() -> Rc<Self> {
        Rc::new(Self {
            idle: RefCell::default(),
            swept: Cell::new(false),
        })
    }

    /// The one that was used last.
    pub(super) fn take(&self, url: &Url) -> Option<Connection> {
        let mut idle = self.idle.borrow_mut();
        let (connection, _) = idle.get_mut(&origin(url))?.pop()?;
        Some(connection)
    }

    pub(super) fn give_back(self: &Rc<Self>, url: &Url, mut connection: Connection) {
        if connection.sender.is_closed() {
            return;
        }
        connection.used = true;
        let until = reactor::now() + IDLE;
        let mut idle = self.idle.borrow_mut();
        idle.entry(origin(url))
            .or_default()
            .push((connection, until));
        drop(idle);
        if !self.swept.replace(true) {
            drop(spawn(sweep(Rc::downgrade(self), until)));
        }
    }

    /// Closes those whose time is over; gives the time of the next.
    fn close_old(&self) -> Option<Instant> {
        let now = reactor::now();
        let mut old = Vec::new();
        let mut idle = self.idle.borrow_mut();
        idle.retain(|_, some| {
            let first = some.partition_point(|(_, until)| *until <= now);
            old.extend(some.drain(..first));
            !some.is_empty()
        });
        let next = idle.values().filter_map(|some| some.first());
        let next = next.map(|(_, until)| *until).min();
        drop(idle);
        self.swept.set(next.is_some());
        next
    }
}

async fn sweep(connections: Weak<Connections>, mut at: Instant) {
    loop {
        sleep_until(at).await;
        let next = connections.upgrade().and_then(|these| these.close_old());
        match next {
            Some(next) => at = next,
            None => return,
        }
    }
}
