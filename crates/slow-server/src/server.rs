//! The server: one thread accepts, one thread answers, whatever the number of connections.

use crate::{Address, LONGEST_REPLY};
use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// How long a failed `accept` (no descriptors left, say) waits before the next.
const AFTER_A_FAILURE: Duration = Duration::from_millis(50);

/// How long each write to a client that does not read may hold up the replies to the others.
const WRITE_WITHIN: Duration = Duration::from_secs(1);

/// A TCP server in this process that answers each connection with one line, later.
///
/// It listens on a free port of `127.0.0.1`, on two threads. Dropping it closes every connection
/// that still waits, and ends both threads.
#[derive(Debug)]
pub struct SlowServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    acceptor: Option<JoinHandle<()>>,
    answerer: Option<JoinHandle<()>>,
    /// Given back in `drop`, so that there is a descriptor to wake the acceptor with.
    spare: Option<TcpListener>,
}

/// Lets the replies of a [gated](SlowServer::gated) server out.
#[derive(Clone, Debug)]
pub struct Gate(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    /// Told when the state changes.
    changed: Condvar,
    delay: Duration,
}

#[derive(Debug)]
struct State {
    /// Oldest first: every connection waits for the same time, so they come due in this order.
    waiting: VecDeque<Waiting>,
    /// `None`: hang up without a reply.
    reply: Option<String>,
    open: bool,
    stopped: bool,
}

#[derive(Debug)]
struct Waiting {
    stream: TcpStream,
    /// `None`: so far away that no clock reaches it.
    due: Option<Instant>,
}

impl SlowServer {
    /// A server that sends `io result` and a line end to each connection, `delay` after accepting it.
    ///
    /// # Errors
    ///
    /// What the system says when it has no port, descriptor or thread left.
    pub fn after(delay: Duration) -> io::Result<SlowServer> {
        SlowServer::start(delay, true)
    }

    /// A server that sends its replies once the gate is [open](Gate::open), and from then on at once.
    ///
    /// # Errors
    ///
    /// As [`SlowServer::after`].
    pub fn gated() -> io::Result<(SlowServer, Gate)> {
        let server = SlowServer::start(Duration::ZERO, false)?;
        let gate = Gate(server.shared.clone());
        Ok((server, gate))
    }

    /// A server that closes each connection without a word: I/O that always fails, in the same way.
    ///
    /// # Errors
    ///
    /// As [`SlowServer::after`].
    pub fn hanging_up() -> io::Result<SlowServer> {
        let server = SlowServer::start(Duration::ZERO, true)?;
        server.shared.lock().reply = None;
        Ok(server)
    }

    /// The same server, answering `reply` and a line end from now on.
    ///
    /// # Panics
    ///
    /// If `reply` is not one line, of at most [`LONGEST_REPLY`](crate::LONGEST_REPLY) bytes.
    ///
    /// ```
    /// use slow_server::SlowServer;
    /// use std::time::Duration;
    ///
    /// let server = SlowServer::after(Duration::ZERO)?.replying("42");
    /// assert_eq!(server.address().ask()?, "42");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn replying(self, reply: impl Into<String>) -> SlowServer {
        let reply = reply.into();
        assert!(
            !reply.contains(['\n', '\r']) && reply.len() <= LONGEST_REPLY,
            "a reply is one line"
        );
        self.shared.lock().reply = Some(reply);
        self
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> Address {
        self.address.into()
    }

    fn start(delay: Duration, open: bool) -> io::Result<SlowServer> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let state = State {
            waiting: VecDeque::new(),
            reply: Some("io result".to_owned()),
            open,
            stopped: false,
        };
        let mut server = SlowServer {
            address: listener.local_addr()?,
            shared: Arc::new(Shared {
                state: Mutex::new(state),
                changed: Condvar::new(),
                delay,
            }),
            acceptor: None,
            answerer: None,
            spare: Some(listener.try_clone()?),
        };
        // If the second thread cannot be had, dropping `server` ends the first.
        let shared = server.shared.clone();
        let answerer = thread::Builder::new().name("slow-server answers".to_owned());
        server.answerer = Some(answerer.spawn(move || shared.answer())?);
        let shared = server.shared.clone();
        let acceptor = thread::Builder::new().name("slow-server accepts".to_owned());
        server.acceptor = Some(acceptor.spawn(move || shared.accept(&listener))?);
        Ok(server)
    }

    /// `accept` has no time limit, so what ends it is one last connection.
    ///
    /// Returns false if that cannot be made, again and again: then the thread is left to itself.
    fn wake(&mut self, acceptor: &JoinHandle<()>) -> bool {
        drop(self.spare.take());
        for _ in 0..50 {
            if acceptor.is_finished()
                || TcpStream::connect_timeout(&self.address, AFTER_A_FAILURE).is_ok()
            {
                return true;
            }
        }
        false
    }
}

impl Drop for SlowServer {
    fn drop(&mut self) {
        self.shared.change(|state| state.stopped = true);
        if let Some(acceptor) = self.acceptor.take()
            && self.wake(&acceptor)
        {
            // A thread of ours that panicked has said so already.
            let _ = acceptor.join();
        }
        if let Some(answerer) = self.answerer.take() {
            let _ = answerer.join();
        }
        // A gate may still hold the state: the connections must not live as long as that.
        self.shared.lock().waiting.clear();
    }
}

impl Gate {
    /// Lets out the replies that wait and those to come. Opening an open gate changes nothing.
    pub fn open(&self) {
        self.0.change(|state| state.open = true);
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.lock());
        self.changed.notify_all();
    }

    fn accept(&self, listener: &TcpListener) {
        loop {
            let accepted = listener.accept();
            let due = Instant::now().checked_add(self.delay);
            let mut state = self.lock();
            if state.stopped {
                return;
            }
            match accepted {
                Ok((stream, _)) => {
                    state.waiting.push_back(Waiting { stream, due });
                    // Behind others it changes nothing for the answerer.
                    if state.waiting.len() == 1 {
                        self.changed.notify_all();
                    }
                }
                Err(_) => {
                    let not_stopped = |state: &mut State| !state.stopped;
                    let _ = self
                        .changed
                        .wait_timeout_while(state, AFTER_A_FAILURE, not_stopped);
                }
            }
        }
    }

    fn answer(&self) {
        let mut state = self.lock();
        while !state.stopped {
            state = match state.until_next() {
                Some(Duration::ZERO) => {
                    let next = state.waiting.pop_front();
                    let reply = state.reply.clone();
                    drop(state);
                    if let (Some(next), Some(reply)) = (next, reply) {
                        // A client that went away, or does not read, has no reply. That is its affair.
                        let _ = send(next.stream, &reply);
                    }
                    self.lock()
                }
                Some(wait) => match self.changed.wait_timeout(state, wait) {
                    Ok((state, _)) => state,
                    Err(poisoned) => poisoned.into_inner().0,
                },
                None => self
                    .changed
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner),
            };
        }
    }
}

impl State {
    /// How long until the next reply is due; `None`: not before the state changes.
    fn until_next(&self) -> Option<Duration> {
        let next = self.waiting.front().filter(|_| self.open)?;
        Some(next.due?.saturating_duration_since(Instant::now()))
    }
}

fn send(mut stream: TcpStream, reply: &str) -> io::Result<()> {
    stream.set_write_timeout(Some(WRITE_WITHIN))?;
    // One write: the line is never seen in two pieces.
    stream.write_all(format!("{reply}\n").as_bytes())?;
    // What the client has sent is not read. Left where it is, it would make the close a reset.
    stream.set_nonblocking(true)?;
    let _ = io::copy(&mut (&stream).take(1 << 20), &mut io::sink());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dropping_the_server_ends_both_threads_and_forgets_every_connection() {
        let (server, gate) = SlowServer::gated().unwrap();
        let _client = TcpStream::connect(server.address).unwrap();
        drop(server);
        // Each thread had a share of the state, and gave it back when it ended.
        assert_eq!(Arc::strong_count(&gate.0), 1);
        assert!(gate.0.lock().waiting.is_empty());
    }
}
