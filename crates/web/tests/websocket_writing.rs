//! What goes out, and when.

mod frames;
mod wire;

use std::cell::{Cell, RefCell};
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_io::{AsyncRead, AsyncWrite};
use ioloop::{sleep, spawn, timeout};
use web::{CloseCode, Server, WebSocketLimits};

use frames::{ASKS, CLOSE, PING, PONG, TEXT, Told, closes, echoing, frame, telling, turns};
use wire::{End, LOCAL, Peer, run, wire};

/// A stream as TLS is one: what is written to it may lie there until it is flushed, or there are `most` bytes. It counts.
struct Holds {
    stream: End,
    held: Vec<u8>,
    most: usize,
    counts: Rc<Counts>,
}

#[derive(Default)]
struct Counts {
    reads: Cell<u32>,
    /// The sizes of what was written in one call each.
    writes: RefCell<Vec<usize>>,
}

impl AsyncRead for Holds {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        self.counts.reads.set(self.counts.reads.get() + 1);
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Holds {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[IoSlice::new(buf)])
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if self.held.len() >= self.most {
            ready!(self.as_mut().poll_flush(cx))?;
        }
        let room = self.most - self.held.len();
        let bytes = bufs.iter().flat_map(|buf| buf.iter()).take(room);
        let before = self.held.len();
        self.held.extend(bytes);
        let count = self.held.len() - before;
        self.counts.writes.borrow_mut().push(count);
        Poll::Ready(Ok(count))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        while !this.held.is_empty() {
            let count = ready!(Pin::new(&mut this.stream).poll_write(cx, &this.held))?;
            this.held.drain(..count);
        }
        Poll::Ready(Ok(()))
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.as_mut().poll_flush(cx))?;
        Pin::new(&mut self.stream).poll_close(cx)
    }
}

/// A client whose WebSocket is open, over a stream that holds back `most` bytes, and a wire that has room for `room`.
async fn held_back(server: &Server, most: usize, room: usize) -> (Peer, Rc<Counts>) {
    let (near, stream) = wire(room);
    let counts = Rc::<Counts>::default();
    let held = Holds {
        stream,
        held: Vec::new(),
        most,
        counts: counts.clone(),
    };
    drop(spawn(server.serve(held, LOCAL)));
    let mut peer = Peer::new(near);
    peer.send(ASKS).await;
    peer.until("\r\n\r\n").await;
    turns().await;
    (peer, counts)
}

#[test]
fn what_is_said_is_flushed_and_drained_only_then() {
    run(async || {
        let told = Told::default();
        let server = echoing(&told);
        let (mut peer, _) = held_back(&server, 1 << 20, 100).await;
        peer.send(frame(TEXT, "hello")).await;
        assert_eq!(peer.frame().await, Some((TEXT, b"hello".into())));

        let socket = told.socket();
        socket.write_message("x".repeat(1000)).unwrap();
        let drained = Rc::new(Cell::new(false));
        let waits = {
            let (drained, socket) = (drained.clone(), socket.clone());
            spawn(async move {
                socket.drained().await.unwrap();
                drained.set(true);
            })
        };
        turns().await;
        assert_eq!((socket.queued(), drained.get()), (0, false));
        assert_eq!(peer.frame().await, Some((TEXT, vec![b'x'; 1000])));
        waits.await.unwrap();
    });
}

/// Wherever the bytes are cut: what is half sent is sent to its end, then the pong, then the close, and nothing more.
#[test]
fn j10_a_pong_goes_out_before_what_waits_but_not_into_a_frame_and_not_behind_the_close() {
    for most in 1..70 {
        run(async || {
            let told = Told::default();
            let server = echoing(&told);
            let (mut peer, _) = held_back(&server, most, 10).await;
            let socket = told.socket();
            for text in ["a", "b"] {
                socket.write_message(text.repeat(30)).unwrap();
            }
            turns().await;
            peer.send(frame(PING, "1")).await;
            peer.send(frame(PING, "2")).await;
            turns().await;
            socket.close(CloseCode::NORMAL, "bye");
            let mut frames = Vec::new();
            let close = closes(1000, "bye");
            while frames.last() != Some(&close) {
                frames.push(peer.frame().await.unwrap());
            }
            // The second ping is answered in place of the first, unless that was on its way.
            let pongs: Vec<_> = frames.iter().filter(|frame| frame.0 == PONG).collect();
            assert!(
                pongs.len() <= 2 && pongs.last().unwrap().1 == b"2",
                "{most}"
            );
            frames.retain(|frame| frame.0 != PONG);
            let [a, b] = ["a", "b"].map(|text| (TEXT, text.repeat(30).into()));
            assert_eq!(frames, [a, b, close], "{most}");
            peer.send(frame(CLOSE, "")).await;
            assert_eq!(peer.frame().await, None, "{most}");
        });
    }
}

/// What is said in one turn goes out in one call, and no turn is spent on nothing: neither by who is answered in its own
/// task, nor by who is spoken to from elsewhere.
#[test]
fn j9_what_is_said_in_one_turn_goes_out_in_one_call() {
    run(async || {
        let told = Told::default();
        let limits = WebSocketLimits::default();
        let server = telling(&told, limits, async |socket, _| {
            for number in 0..10 {
                socket.write_message(number.to_string())?;
            }
            Ok(())
        });
        let (mut peer, counts) = held_back(&server, 1 << 20, 1000).await;
        counts.writes.take();
        let socket = told.socket();
        for from_elsewhere in [false, true] {
            let reads = counts.reads.get();
            match from_elsewhere {
                false => peer.send(frame(TEXT, "x")).await,
                true => (0..10).for_each(|n: u8| socket.write_message(n.to_string()).unwrap()),
            }
            turns().await;
            for number in 0..10 {
                let frame = (TEXT, number.to_string().into_bytes());
                assert_eq!(peer.frame().await, Some(frame));
            }
            assert_eq!(counts.writes.take(), [10 * 3]);
            // What came, and that there is no more; or that alone.
            let reads = counts.reads.get() - reads;
            assert_eq!(reads, if from_elsewhere { 1 } else { 2 });
        }
    });
}

/// Whichever task has it now is the one that is woken.
#[test]
fn a_connection_may_move_to_another_task() {
    run(async || {
        let told = Told::default();
        let (near, far) = wire(1000);
        let mut served = Box::pin(echoing(&told).serve(far, LOCAL));
        drop(spawn(async move {
            let second = Duration::from_secs(1);
            assert!(timeout(second, &mut served).await.is_err());
            drop(spawn(served));
        }));
        let mut peer = Peer::new(near);
        peer.send(ASKS).await;
        peer.until("\r\n\r\n").await;
        sleep(Duration::from_secs(2)).await;
        told.socket().write_message("x").unwrap();
        turns().await;
        assert_eq!(told.socket().queued(), 0);
        assert_eq!(peer.frame().await, Some((TEXT, b"x".into())));
    });
}
