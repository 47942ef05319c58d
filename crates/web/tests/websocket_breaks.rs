//! A WebSocket whose connection breaks, or is dropped.

mod frames;
mod wire;

use std::cell::Cell;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use futures_io::{AsyncRead, AsyncWrite};
use ioloop::spawn;
use web::{CloseCode, WebSocketLimits, WriteError};

use frames::{ASKS, TEXT, Told, frame, telling, turns};
use wire::{End, LOCAL, Peer, run, wire};

/// A stream that is reset when somebody says so.
struct Reset {
    stream: End,
    reset: Rc<Cell<bool>>,
    reader: Rc<Cell<Option<Waker>>>,
}

impl AsyncRead for Reset {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        if self.reset.get() {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        self.reader.set(Some(cx.waker().clone()));
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Reset {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.reset.get() {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// Found by who reads; and, while the handler is at work and nobody reads, by who writes.
#[test]
fn j4_a_connection_that_is_reset_is_lost() {
    for at_work in [false, true] {
        run(async || {
            let told = Told::default();
            let limits = WebSocketLimits::default();
            let server = telling(&told, limits, async |_, _| std::future::pending().await);
            let (near, stream) = wire(1000);
            let (reset, reader) = (Rc::new(Cell::new(false)), Rc::new(Cell::new(None)));
            let resets = Reset {
                stream,
                reset: reset.clone(),
                reader: reader.clone(),
            };
            let served = spawn(server.serve(resets, LOCAL));
            let mut peer = Peer::new(near);
            peer.send(ASKS).await;
            peer.until("\r\n\r\n").await;
            if at_work {
                peer.send(frame(TEXT, "")).await;
            }
            turns().await;
            reset.set(true);
            let waker: Waker = reader.take().unwrap();
            waker.wake();
            if at_work {
                told.socket().write_message("x").unwrap();
            }
            turns().await;
            let mut lines = vec!["open", "the connection is lost"];
            if at_work {
                lines.insert(1, "text ");
            }
            assert_eq!(told.lines(), lines);
            served.await.unwrap();
        });
    }
}

/// What the handler is at is dropped first, and then it is told.
#[test]
fn j4_who_drops_the_connection_drops_what_the_handler_is_at_and_tells_it() {
    struct Tells(Told);
    impl Drop for Tells {
        fn drop(&mut self) {
            self.0.tell("dropped");
        }
    }
    for closing in [false, true] {
        run(async || {
            let told = Told::default();
            let works = told.clone();
            let limits = WebSocketLimits::default();
            let server = telling(&told, limits, async move |_, _| {
                let _tells = Tells(works.clone());
                std::future::pending().await
            });
            let (mut peer, served) = Peer::open(&server).await;
            peer.send(frame(TEXT, "x")).await;
            turns().await;
            let socket = told.socket();
            if closing {
                socket.close(CloseCode::NORMAL, "");
            }
            served.abort();
            let _ = served.await;
            let closed = match closing {
                true => "closed: 1000",
                false => "the connection is lost",
            };
            assert_eq!(told.lines(), ["open", "text x", "dropped", closed]);
            assert!(matches!(socket.write_message("x"), Err(WriteError::Closed)));
        });
    }
}
