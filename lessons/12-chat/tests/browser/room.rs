//! The room that the browsers are in: the lesson's, on a thread of its own.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use ioloop::block_on;
use lesson_12_chat::{Rooms, Rules, application};
use promise::{Promise, pair};
use web::Server;

/// A server with a room, until it is dropped.
pub(crate) struct Room {
    address: SocketAddr,
    end: Option<Promise<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Room {
    /// Where nobody else is.
    pub(crate) fn open() -> Self {
        Self::open_at(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
    }

    pub(crate) fn open_at(address: SocketAddr) -> Self {
        let (end, ended) = pair();
        let (listens, listening) = mpsc::channel();
        let thread = thread::spawn(move || {
            block_on(async {
                let server = Server::new(application(Rooms::new(Rules::default())));
                listens.send(server.listen(address).unwrap()).unwrap();
                ended.await.unwrap();
                server.shutdown(Duration::from_secs(1)).await;
            });
        });
        Self {
            address: listening.recv().unwrap(),
            end: Some(end),
            thread: Some(thread),
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/", self.address)
    }
}

impl Drop for Room {
    /// Returns when nothing listens there any more, and all connections are closed.
    fn drop(&mut self) {
        self.end.take().unwrap().set(());
        let ended = self.thread.take().unwrap().join();
        if !thread::panicking() {
            ended.unwrap();
        }
    }
}
