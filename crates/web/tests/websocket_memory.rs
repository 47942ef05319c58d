//! What a WebSocket holds, counted on this thread.
#![allow(unsafe_code, reason = "an allocator that counts")]

mod frames;
mod wire;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use ioloop::IoLoop;
use web::{Application, Message, Server, WebSocket, WebSocketHandler, WebSocketLimits};

use frames::{BINARY, CLOSE, PING, PONG, TEXT, Told, echoing, frame, promise, turns};
use wire::{Peer, run};

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

/// HTTP's buffers, the request, the messages: all is given back. What is left here is the connection's task, its
/// handler's, and the test's own wire.
#[test]
fn a_websocket_that_waits_holds_no_buffer() {
    const MANY: usize = 100;
    run(async || {
        let server = counting(WebSocketLimits::default());
        let mut peers = Vec::with_capacity(2 * MANY);
        let mut held = 0;
        // The first ones fill what all share.
        for _ in 0..2 {
            let before = BYTES.get();
            for _ in 0..MANY {
                peers.push(Peer::open_with_room(&server, 1000).await);
            }
            let message = [frame(PING, "x"), frame(BINARY, [1; 5000])].concat();
            for (peer, _) in peers.iter_mut().rev().take(MANY) {
                peer.send(&message).await;
                assert_eq!(peer.frame().await, Some((PONG, b"x".into())));
                assert_eq!(peer.frame().await, Some((TEXT, b"5000".into())));
            }
            turns().await;
            held = (BYTES.get() - before) as usize / MANY;
        }
        assert!(held <= 6 * 1024, "{held}");
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
