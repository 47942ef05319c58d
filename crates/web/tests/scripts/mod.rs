//! Servers that say byte for byte what they are told to, and a client that connects to nothing else.
#![allow(dead_code, reason = "each test uses what it needs")]

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use ioloop::spawn;
use web::{AsyncHttpClient, ClientOptions, FetchError, HttpRequest, HttpResponse, Url};

use crate::wire::{Peer, run, wire};

/// What a client connects to: each connection gets the next script, which is what is said to each request there in turn.
/// After the last one it is closed.
#[derive(Clone, Default)]
pub(crate) struct Scripts {
    scripts: Rc<RefCell<VecDeque<Vec<Vec<u8>>>>>,
    /// All requests' heads, with the origin that was connected to.
    heads: Rc<RefCell<Vec<String>>>,
}

impl Scripts {
    pub(crate) fn new(scripts: &[&[&str]]) -> Self {
        let bytes = |script: &&[&str]| script.iter().map(|say| say.as_bytes().to_vec()).collect();
        Self::of(scripts.iter().map(bytes).collect())
    }

    pub(crate) fn of(scripts: Vec<Vec<Vec<u8>>>) -> Self {
        Self {
            scripts: Rc::new(RefCell::new(scripts.into())),
            heads: Rc::default(),
        }
    }

    pub(crate) fn client(&self) -> AsyncHttpClient {
        self.client_with(ClientOptions::default())
    }

    pub(crate) fn client_with(&self, options: ClientOptions) -> AsyncHttpClient {
        let this = self.clone();
        AsyncHttpClient::connecting_by(options, move |url| {
            let this = this.clone();
            async move {
                let script = this.scripts.borrow_mut().pop_front().expect("a script");
                let (near, far) = wire(1 << 16);
                drop(spawn(this.speak(url, Peer::new(far), script)));
                Ok(near)
            }
        })
    }

    async fn speak(self, url: Url, mut peer: Peer, script: Vec<Vec<u8>>) {
        let origin = url.origin().ascii_serialization();
        for say in script {
            let Some(head) = peer.try_until("\r\n\r\n").await else {
                return;
            };
            self.heads.borrow_mut().push(format!("{origin}\r\n{head}"));
            if !peer.try_send(say).await {
                return;
            }
        }
    }

    pub(crate) fn heads(&self) -> Vec<String> {
        self.heads.take()
    }
}

pub(crate) const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// What comes of one fetch, when one connection says `say`.
pub(crate) fn fetched(say: impl AsRef<[u8]>) -> Result<HttpResponse, FetchError> {
    fetched_by(say, "http://a/".into())
}

pub(crate) fn fetched_by(
    say: impl AsRef<[u8]>,
    request: HttpRequest,
) -> Result<HttpResponse, FetchError> {
    let scripts = Scripts::of(vec![vec![say.as_ref().to_vec()]]);
    run(async || scripts.client().fetch(request).await)
}

pub(crate) fn never() -> AsyncHttpClient {
    let silent = |_| async {
        let (near, far) = wire(1 << 16);
        drop(spawn(async move {
            Peer::new(far).rest().await;
        }));
        Ok(near)
    };
    AsyncHttpClient::connecting_by(
        ClientOptions {
            max_clients: 1,
            first_byte_timeout: Duration::from_secs(7),
            ..ClientOptions::default()
        },
        silent,
    )
}
