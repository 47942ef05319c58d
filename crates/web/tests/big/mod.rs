//! A handler that writes much, and how long a server bears its clients.
#![allow(dead_code, reason = "each test uses what it needs")]

use std::cell::Cell;
use std::rc::Rc;

use ioloop::IoLoop;
use web::{Application, Handler, Reply, Request, Server};

use crate::wire::{Peer, run};

/// Writes as many bytes as the path says; knows of what became of it.
#[derive(Clone, Default)]
pub(crate) struct Big {
    pub(crate) dropped: Rc<Cell<u32>>,
    pub(crate) calls: Rc<Cell<u32>>,
}

impl Handler for Big {
    async fn get(&mut self, request: &mut Request, reply: &mut Reply) -> web::Result {
        struct Told(Rc<Cell<u32>>);
        impl Drop for Told {
            fn drop(&mut self) {
                self.0.set(self.0.get() + 1);
            }
        }
        let _told = Told(self.dropped.clone());
        self.calls.set(self.calls.get() + 1);
        let mut left: usize = request.path_argument(0).parse()?;
        while left > 0 {
            let piece = left.min(1000);
            reply.write(vec![b'x'; piece]);
            reply.flush().await?;
            left -= piece;
        }
        Ok(())
    }

    async fn post(&mut self, request: &mut Request, reply: &mut Reply) -> web::Result {
        reply.write(request.body().len().to_string());
        Ok(())
    }
}

impl Big {
    pub(crate) fn application(&self) -> Application {
        let this = self.clone();
        Application::new().route(r"/(\d*)", move || this.clone())
    }
}

/// How many seconds pass until the server closes, after `talk`.
pub(crate) fn closed_after(talk: impl AsyncFnOnce(&mut Peer)) -> (u64, String) {
    run(async || {
        let server = Server::new(Big::default().application());
        let (mut peer, served) = Peer::of(&server);
        talk(&mut peer).await;
        let begin = IoLoop::current().time();
        let rest = peer.rest().await;
        let seconds = (IoLoop::current().time() - begin).as_secs();
        drop(peer);
        served.await.unwrap();
        (seconds, rest)
    })
}

pub(crate) const GET: &str = "GET /0 HTTP/1.1\r\nHost: a\r\n\r\n";
