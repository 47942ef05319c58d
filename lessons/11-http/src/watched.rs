//! What a handler does, told as the story of a request.

use std::pin::Pin;
use std::task::{Context, Poll};

use timeline::{holds, serves, tell};
use web::{Handler, Reply, Request};

/// A handler whose GET is told. The events inside belong to its name; when it waits for the first time, "... suspended"
/// is told; if it gives an error, "... fails"; and if it is dropped where it waits, "... leaves".
#[derive(Debug)]
pub struct Watched<H> {
    name: &'static str,
    handler: H,
}

impl<H> Watched<H> {
    /// `handler`, as the request `name`.
    pub fn new(name: &'static str, handler: H) -> Self {
        Self { name, handler }
    }
}

impl<H: Handler> Handler for Watched<H> {
    const ALLOW: &'static str = H::ALLOW;

    async fn get(&mut self, request: &mut Request, reply: &mut Reply) -> web::Result {
        let name = self.name;
        let get = self.handler.get(request, reply);
        let bytes = size_of_val(&get);
        let answered = Get {
            name,
            bytes,
            get: Some(Box::pin(get)),
            suspended: false,
        };
        let answered = answered.await;
        if let Err(error) = &answered {
            tell(format!("{name} fails: {error}"));
        }
        answered
    }
}

/// The method at work, which has no task of its own: whoever polls the connection polls this.
struct Get<F> {
    name: &'static str,
    bytes: usize,
    /// None when it is over.
    get: Option<Pin<Box<F>>>,
    suspended: bool,
}

impl<F: Future> Future for Get<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        serves(self.name);
        let get = self.get.as_mut().expect("polled after it is over");
        let polled = get.as_mut().poll(cx);
        if polled.is_ready() {
            self.get = None;
        } else if !self.suspended {
            self.suspended = true;
            tell(format!("{} suspended", self.name));
            holds(self.bytes);
        }
        polled
    }
}

impl<F> Drop for Get<F> {
    fn drop(&mut self) {
        if self.get.take().is_some() {
            serves(self.name);
            tell(format!("{} leaves: its client has gone", self.name));
        }
    }
}
