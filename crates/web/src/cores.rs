use std::fmt;
use std::io;
use std::net::{self, SocketAddr, ToSocketAddrs};
use std::num::NonZero;
use std::sync::Arc;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use ioloop::{IoLoop, TcpListener};
use promise::Promise;

use crate::application::Application;
use crate::server::Server;

/// An application that is served by several threads, each with a loop of its own: Tornado's `bind` and `start(0)`, with
/// threads in place of processes.
///
/// They share nothing but the listener: the system gives a connection to one of those that wait for one, and it stays
/// there. That one has many and another few is possible.
///
/// ```
/// use std::num::NonZero;
/// use std::time::Duration;
///
/// use web::{Application, Cores, Handler, HttpClient, Reply, Request};
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
/// let application = || Application::new().route("/", || Hello);
/// let cores = Cores::serve("127.0.0.1:0", NonZero::new(2), application)?;
/// let response = HttpClient::new()?.fetch(format!("http://{}/", cores.address()))?;
/// assert_eq!(response.text()?, "Hello");
/// cores.shutdown(Duration::from_secs(10));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "dropped, it ends the servers"]
pub struct Cores {
    address: SocketAddr,
    threads: Vec<(Promise<Duration>, thread::JoinHandle<()>)>,
}

impl Cores {
    /// Listens at `address`, and starts the threads: as many as there are cores, if `threads` is None. Each makes its own
    /// `application`.
    ///
    /// # Errors
    ///
    /// What the system says: of the address, of a thread, or of a loop.
    pub fn serve(
        address: impl ToSocketAddrs,
        threads: Option<NonZero<usize>>,
        application: impl Fn() -> Application + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let listener = net::TcpListener::bind(address)?;
        let threads = match threads {
            Some(threads) => threads,
            None => thread::available_parallelism()?,
        };
        let application = Arc::new(application);
        let mut cores = Self {
            address: listener.local_addr()?,
            threads: Vec::with_capacity(threads.get()),
        };
        for number in 1..=threads.get() {
            let listener = listener.try_clone()?;
            cores.start(number, listener, application.clone())?;
        }
        Ok(cores)
    }

    fn start(
        &mut self,
        number: usize,
        listener: net::TcpListener,
        application: Arc<impl Fn() -> Application + Send + Sync + 'static>,
    ) -> io::Result<()> {
        let (promise, stop) = promise::pair::<Duration>();
        let (started, starts) = mpsc::channel();
        let serve = move || {
            let io_loop = match IoLoop::new() {
                Ok(io_loop) => io_loop,
                Err(error) => return drop(started.send(Err(error))),
            };
            io_loop.block_on(async {
                let server = Server::new(application());
                let listening = TcpListener::from_std(listener).map(|listener| {
                    server.accept(listener);
                });
                let serves = listening.is_ok();
                // Who started it may have gone.
                let _ = started.send(listening);
                if serves {
                    // Nobody is left to tell when: then it is now.
                    let grace = stop.await.unwrap_or_default();
                    server.shutdown(grace).await;
                }
            });
        };
        let name = format!("web-{number}");
        let thread = thread::Builder::new().name(name).spawn(serve)?;
        self.threads.push((promise, thread));
        let started = starts.recv();
        started.unwrap_or_else(|_| Err(io::Error::other("the application could not be made")))
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// [Shuts down](Server::shutdown) all servers, at the same time, and waits until they have ended.
    ///
    /// # Panics
    ///
    /// If one of the threads has panicked.
    pub fn shutdown(self, grace: Duration) {
        let (promises, threads): (Vec<_>, Vec<_>) = self.threads.into_iter().unzip();
        for promise in promises {
            promise.set(grace);
        }
        for thread in threads {
            thread.join().expect("a thread of the server has panicked");
        }
    }

    /// Serves until the end of the program.
    ///
    /// # Panics
    ///
    /// If one of the threads has panicked.
    pub fn wait(self) {
        let (_promises, threads): (Vec<_>, Vec<_>) = self.threads.into_iter().unzip();
        for thread in threads {
            thread.join().expect("a thread of the server has panicked");
        }
    }
}

impl fmt::Debug for Cores {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cores")
            .field("address", &self.address)
            .field("threads", &self.threads.len())
            .finish()
    }
}
