//! What a WebSocket holds, counted on this thread.
#![allow(unsafe_code, reason = "an allocator that counts")]

mod frames;
mod wire;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::future::poll_fn;
use std::pin::Pin;

use futures_io::{AsyncRead, AsyncWrite};
use ioloop::{IoLoop, spawn};
use web::{Application, Message, Server, WebSocket, WebSocketHandler, WebSocketLimits};

use frames::{ASKS, BINARY, CLOSE, PING, PONG, TEXT, Told, echoing, frame, promise, turns};
use wire::{End, LOCAL, Peer, run, wire};

struct Counting;

thread_local! {
    static BYTES: Cell<isize> = const { Cell::new(0) };
    static LARGEST: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: `System` does the work; counting allocates nothing. (What grows is allocated anew, by the default method.)
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        BYTES.set(BYTES.get() + layout.size() as isize);
        LARGEST.set(LARGEST.get().max(layout.size()));
        // SAFETY: the caller keeps the contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        BYTES.set(BYTES.get() - layout.size() as isize);
        // SAFETY: the caller keeps the contract.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// A server that answers each message with its length, and whose handlers keep nothing.
fn counting(limits: WebSocketLimits) -> Server {
    struct Counts(WebSocketLimits);
    impl WebSocketHandler for Counts {
        fn limits(&self) -> WebSocketLimits {
            self.0.clone()
        }
        async fn on_message(&mut self, socket: &WebSocket, message: Message) -> web::Result {
            Ok(socket.write_message(message.len().to_string())?)
        }
    }
    Server::new(Application::new().websocket("/", move || Counts(limits.clone())))
}

/// A wire whose queues have their memory already.
async fn warm_wire() -> (End, End) {
    let (mut one, mut other) = wire(1 << 16);
    for _ in 0..2 {
        let mut bytes = [0; 1 << 13];
        let written = poll_fn(|cx| Pin::new(&mut one).poll_write(cx, &bytes)).await;
        assert_eq!(written.unwrap(), bytes.len());
        let read = poll_fn(|cx| Pin::new(&mut other).poll_read(cx, &mut bytes)).await;
        assert_eq!(read.unwrap(), bytes.len());
        std::mem::swap(&mut one, &mut other);
    }
    (one, other)
}

/// HTTP's buffers, the request, what came, and the queue of what goes: all is given back. What is left here is the
/// connection's task, its handler's, and what the test has read into.
#[test]
fn a_websocket_that_waits_holds_no_buffer() {
    const MANY: usize = 100;
    run(async || {
        let server = counting(WebSocketLimits::default());
        let mut held = 0;
        let mut peers = Vec::with_capacity(2 * MANY);
        // The first ones fill what all share.
        for _ in 0..2 {
            let mut wires = Vec::new();
            for _ in 0..MANY {
                wires.push(warm_wire().await);
            }
            let before = BYTES.get();
            while let Some((near, far)) = wires.pop() {
                drop(spawn(server.serve(far, LOCAL)));
                let mut peer = Peer::new(near);
                peer.send(ASKS).await;
                peer.until("\r\n\r\n").await;
                // In one piece: of it all but the first frame has to be kept for a while.
                let messages = [frame(PING, "x"), frame(BINARY, [1; 40]).repeat(100)];
                peer.send(messages.concat()).await;
                assert_eq!(peer.frame().await, Some((PONG, b"x".into())));
                for _ in 0..100 {
                    assert_eq!(peer.frame().await, Some((TEXT, b"40".into())));
                }
                peer.send(frame(BINARY, [1; 5000])).await;
                assert_eq!(peer.frame().await, Some((TEXT, b"5000".into())));
                peers.push(peer);
            }
            turns().await;
            held = (BYTES.get() - before) as usize / MANY;
        }
        assert!(held <= 5 * 1024, "{held}");
    });
}

/// FI04: a header promises, and nothing comes.
#[test]
fn fi04_memory_grows_by_what_came_not_by_what_was_promised() {
    run(async || {
        let server = counting(WebSocketLimits {
            message: 100 << 20,
            ..WebSocketLimits::default()
        });
        let (mut peer, _) = Peer::open_with_room(&server, 10_000).await;
        peer.send(frame(TEXT, [b'x'; 2000])).await;
        assert_eq!(peer.frame().await, Some((TEXT, b"2000".into())));
        LARGEST.set(0);
        let before = BYTES.get();
        peer.send(promise(BINARY, 100 << 20)).await;
        for _ in 0..10 {
            peer.send([1; 1000]).await;
            turns().await;
        }
        // What came is doubled at most.
        assert!(
            BYTES.get() - before <= 24 * 1024,
            "{}",
            BYTES.get() - before
        );
        assert!(LARGEST.get() <= 24 * 1024, "{}", LARGEST.get());
    });
}

/// FI06: however much a client says that never ends, and reads nothing.
#[test]
fn fi06_neither_pings_nor_messages_pile_up() {
    run(async || {
        let server = counting(WebSocketLimits::default());
        let (mut peer, _) = Peer::open_with_room(&server, 1000).await;
        peer.send(frame(PING, [1; 125]).repeat(100)).await;
        turns().await;
        let before = BYTES.get();
        peer.send(frame(PING, [1; 125]).repeat(10_000)).await;
        turns().await;
        assert!(BYTES.get() - before <= 1024, "{}", BYTES.get() - before);
    });
}

/// FI07: those who get the same message share it.
#[test]
fn fi07_a_message_for_many_is_there_once() {
    run(async || {
        let told = Told::default();
        let server = echoing(&told);
        let mut clients = Vec::new();
        for _ in 0..50 {
            let (peer, served) = Peer::open_with_room(&server, 1000).await;
            clients.push((told.socket(), peer, served));
        }
        let before = BYTES.get();
        let message = Message::text("x".repeat(1_000_000));
        for (socket, ..) in &clients {
            socket.write_message(message.clone()).unwrap();
        }
        turns().await;
        let grown = BYTES.get() - before;
        assert!(grown <= 1_200_000, "{grown}");
        // And who keeps a socket keeps none of it when its connection is over.
        for (_, peer, served) in &mut clients {
            peer.close().await;
            turns().await;
            assert!(served.is_finished());
        }
        drop(message);
        assert!(BYTES.get() - before <= 200_000);
    });
}

/// Whatever it was at.
#[test]
fn nothing_is_left_of_a_websocket() {
    let cycle = || {
        run(async || {
            let server = counting(WebSocketLimits::default());
            for bytes in [
                frame(CLOSE, ""),
                frame(TEXT, "x"),
                frame(TEXT, b"\xff"),
                promise(TEXT, 1000),
                [frame(0x02, [1; 1000]), frame(PING, "x")].concat(),
            ] {
                let (mut peer, served) = Peer::open_with_room(&server, 1000).await;
                peer.send(bytes).await;
                turns().await;
                drop(peer);
                served.await.unwrap();
            }
        });
    };
    (0..1100).for_each(|_| drop(IoLoop::virtual_time().unwrap()));
    cycle();
    let before = BYTES.get();
    (0..10).for_each(|_| cycle());
    assert_eq!(BYTES.get(), before);
}
