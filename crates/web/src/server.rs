use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::fmt;
use std::future::poll_fn;
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::rc::Rc;
use std::task::{Poll, Waker};
use std::time::Duration;

use futures_io::{AsyncRead, AsyncWrite};
use ioloop::{JoinHandle, TcpListener, TcpStream, spawn, timeout};

use crate::application::{Application, Shared};
use crate::connection::{Ear, Wish, refuse, serve};

/// Serves an [`Application`] on the loop of this thread: Tornado's `HTTPServer`. Clones are the same server.
///
/// ```
/// use std::time::Duration;
///
/// use web::{Application, Handler, Reply, Request, Server};
///
/// struct Hello;
///
/// impl Handler for Hello {
///     async fn get(&mut self, _: &mut Request, reply: &mut Reply) -> web::Result {
///         reply.write("Hello");
///         Ok(())
///     }
/// }
///
/// ioloop::block_on(async {
///     let server = Server::new(Application::new().route("/", || Hello));
///     let address = server.listen("127.0.0.1:0")?;
///     println!("http://{address}/");
///     server.shutdown(Duration::from_secs(1)).await;
/// #   Ok::<(), std::io::Error>(())
/// })?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone)]
pub struct Server {
    inner: Rc<Inner>,
}

struct Inner {
    application: Rc<Shared>,
    connections: RefCell<BTreeMap<u64, Rc<Ear>>>,
    next: Cell<u64>,
    listening: RefCell<Vec<JoinHandle<()>>>,
    wish: Cell<Wish>,
    /// Who waits until no connection is left.
    emptied: RefCell<Option<Waker>>,
}

impl Server {
    /// A server that does not listen yet.
    #[must_use]
    pub fn new(application: Application) -> Self {
        Self {
            inner: Rc::new(Inner {
                application: Rc::new(application.into_shared()),
                connections: RefCell::default(),
                next: Cell::new(0),
                listening: RefCell::default(),
                wish: Cell::new(Wish::GoOn),
                emptied: RefCell::default(),
            }),
        }
    }

    /// Listens at `address` (at port 0 for one that the system chooses), and serves who comes, in tasks of the current
    /// loop. Gives the address.
    ///
    /// # Errors
    ///
    /// What the system says.
    ///
    /// # Panics
    ///
    /// If no loop runs on this thread.
    pub fn listen(&self, address: impl ToSocketAddrs) -> io::Result<SocketAddr> {
        let listener = TcpListener::bind(address)?;
        let address = listener.local_addr()?;
        self.accept(listener);
        Ok(address)
    }

    /// The same, with a listener that is there already.
    ///
    /// # Panics
    ///
    /// If no loop runs on this thread.
    pub fn accept(&self, listener: TcpListener) {
        let server = self.clone();
        let accepting = spawn(async move {
            loop {
                match listener.accept().await {
                    Ok((stream, from)) => server.took(stream, from),
                    Err(error) => {
                        log::error!("cannot accept connections any more: {error}");
                        return;
                    }
                }
            }
        });
        self.inner.listening.borrow_mut().push(accepting);
    }

    fn took(&self, stream: TcpStream, from: SocketAddr) {
        // What is not sent at once is sent later: no harm.
        let _ = stream.set_nodelay(true);
        if self.connections() >= self.inner.application.limits.connections {
            drop(spawn(timeout(Duration::from_secs(1), refuse(stream))));
            return;
        }
        drop(spawn(self.serve(stream, Some(from.ip()))));
    }

    /// Serves one connection, of whatever kind, to its end. `remote` is who is at the other end, for the log and for
    /// handlers.
    pub fn serve<S>(&self, stream: S, remote: Option<IpAddr>) -> impl Future<Output = ()> + use<S>
    where
        S: AsyncRead + AsyncWrite + Unpin + 'static,
    {
        let place = Place::new(&self.inner);
        async move {
            let application = place.inner.application.clone();
            serve(stream, remote, application, place.ear.clone()).await;
        }
    }

    /// How many connections there are.
    pub fn connections(&self) -> usize {
        self.inner.connections.borrow().len()
    }

    /// Ends the server. It accepts no more connections; those that serve a request finish it, and close; after `grace`
    /// those that are left are cut off, and their handlers' futures dropped. When this is done none is left.
    pub async fn shutdown(&self, grace: Duration) {
        let listening = self.inner.listening.take();
        for accepting in listening {
            accepting.abort();
            // An abort is all that can be in it.
            let _ = accepting.await;
        }
        self.tell(Wish::EndSoon);
        if timeout(grace, self.emptied()).await.is_err() {
            self.tell(Wish::EndNow);
            self.emptied().await;
        }
    }

    fn tell(&self, wish: Wish) {
        self.inner.wish.set(wish);
        let connections: Vec<_> = self.inner.connections.borrow().values().cloned().collect();
        for ear in connections {
            ear.tell(wish);
        }
    }

    async fn emptied(&self) {
        poll_fn(|cx| {
            if self.connections() == 0 {
                return Poll::Ready(());
            }
            *self.inner.emptied.borrow_mut() = Some(cx.waker().clone());
            Poll::Pending
        })
        .await;
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("connections", &self.connections())
            .finish_non_exhaustive()
    }
}

/// A connection's place among the others.
struct Place {
    number: u64,
    ear: Rc<Ear>,
    inner: Rc<Inner>,
}

impl Place {
    fn new(inner: &Rc<Inner>) -> Self {
        let number = inner.next.get();
        inner.next.set(number + 1);
        let ear = Rc::new(Ear::new());
        ear.tell(inner.wish.get());
        inner.connections.borrow_mut().insert(number, ear.clone());
        Self {
            number,
            ear,
            inner: inner.clone(),
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut connections = self.inner.connections.borrow_mut();
        connections.remove(&self.number);
        if connections.is_empty() {
            let waker = self.inner.emptied.take();
            if let Some(waker) = waker {
                waker.wake();
            }
        }
    }
}
