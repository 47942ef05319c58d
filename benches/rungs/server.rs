//! The slow server, for ten thousand connections at the same moment.
//!
//! It answers as [`slow-server`](../../crates/slow-server/README.md) does, and has room for a thousand threads that connect
//! at once.

use std::io::{self, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use slow_server::Address;

use crate::cost::alone::listen;

/// Answers each connection with one line, later or never. Dropping it closes all of them.
pub(crate) struct Server {
    address: Address,
    stopped: Arc<AtomicBool>,
    acceptor: Option<thread::JoinHandle<()>>,
}

impl Server {
    /// A server that answers `after` so long, or holds every reply back.
    pub(crate) fn start(after: Option<Duration>) -> io::Result<Server> {
        let listener = listen()?;
        let address = listener.local_addr()?.into();
        let stopped = Arc::new(AtomicBool::new(false));
        let acceptor = thread::spawn({
            let stopped = stopped.clone();
            move || accept(&listener, after, &stopped)
        });
        Ok(Server {
            address,
            stopped,
            acceptor: Some(acceptor),
        })
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> &Address {
        &self.address
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Release);
        // One last connection, so that it looks. If none can be made, the thread is left to itself.
        if TcpStream::connect(self.address.as_str()).is_ok()
            && let Some(acceptor) = self.acceptor.take()
        {
            let _ = acceptor.join();
        }
    }
}

/// Accepts on this thread, and answers on a second one, in the order of arrival.
fn accept(listener: &TcpListener, after: Option<Duration>, stopped: &AtomicBool) {
    let (arrived, arrivals) = mpsc::channel::<(TcpStream, Instant)>();
    let answerer = thread::spawn(move || {
        for (mut stream, at) in &arrivals {
            let Some(after) = after else {
                // Held until the server stops.
                let _held: Vec<_> = [(stream, at)].into_iter().chain(&arrivals).collect();
                return;
            };
            thread::sleep((at + after).saturating_duration_since(Instant::now()));
            // Who went away has no reply.
            let _ = stream.write_all(b"io result\n");
        }
    });
    loop {
        let accepted = listener.accept();
        if stopped.load(Ordering::Acquire) {
            break;
        }
        match accepted {
            Ok((stream, _)) => arrived
                .send((stream, Instant::now()))
                .expect("it answers until the end"),
            // No descriptors left, say: others may be given back meanwhile.
            Err(_) => thread::sleep(Duration::from_millis(10)),
        }
    }
    drop(arrived);
    let _ = answerer.join();
}
