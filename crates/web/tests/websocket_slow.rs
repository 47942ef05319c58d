//! Clients that read slowly, or not at all: how much waits for them, and when they are dropped.

mod frames;
mod wire;

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use ioloop::{IoLoop, spawn};
use web::{
    Application, Closed, Message, Request, Server, WebSocket, WebSocketHandler, WebSocketLimits,
    WriteError,
};

use frames::{BINARY, PING, PONG, TEXT, Told, closes, echoing, frame, telling, turns};
use wire::{Peer, run};

fn limits(messages: usize, bytes: usize) -> WebSocketLimits {
    WebSocketLimits {
        queue_messages: messages,
        queue_bytes: bytes,
        ..WebSocketLimits::default()
    }
}

/// FI07: what is half sent is sent to its end; then the client is told why.
#[test]
fn fi07_with_one_message_too_many_the_client_is_dropped() {
    run(async || {
        let told = Told::default();
        let server = telling(&told, limits(4, 1 << 20), async |_, _| Ok(()));
        let (mut peer, served) = Peer::open_with_room(&server, 10).await;
        let socket = told.socket();
        for number in 0..4 {
            socket.write_message(format!("message {number}")).unwrap();
            turns().await;
        }
        assert_eq!(socket.queued(), 4);
        let error = socket.write_message("one more").unwrap_err();
        assert!(matches!(error, WriteError::TooSlow), "{error}");
        assert!(socket.is_closed());
        assert!(matches!(socket.write_message("x"), Err(WriteError::Closed)));
        assert_eq!(socket.queued(), 2);
        assert_eq!(
            peer.frames().await,
            [(TEXT, b"message 0".into()), closes(1013, "too slow")]
        );
        drop(peer);
        served.await.unwrap();
        assert_eq!(told.lines(), ["open", "closed: 1013 too slow"]);
    });
}

/// The same in one turn, in which nothing could go out yet: pings count as well.
#[test]
fn fi07_nothing_of_what_has_not_begun_is_sent() {
    run(async || {
        let told = Told::default();
        let server = telling(&told, limits(4, 1 << 20), async |_, _| Ok(()));
        let (mut peer, _) = Peer::open(&server).await;
        let socket = told.socket();
        for _ in 0..4 {
            socket.write_message("x").unwrap();
        }
        assert!(matches!(socket.ping("x"), Err(WriteError::TooSlow)));
        assert_eq!(peer.frame().await, Some(closes(1013, "too slow")));
    });
}

/// FI07: in bytes. A frame of 100 bytes has two more for its header.
#[test]
fn fi07_with_too_many_bytes_the_client_is_dropped_but_a_single_message_may_have_more() {
    for (fits, queue) in [(true, 304), (false, 303)] {
        run(async || {
            let told = Told::default();
            let server = telling(&told, limits(100, queue), async |_, _| Ok(()));
            let (peer, _) = Peer::open_with_room(&server, 10).await;
            let socket = told.socket();
            socket.write_message("x".repeat(100)).unwrap();
            socket.write_message("x".repeat(100)).unwrap();
            turns().await;
            let third = socket.write_message("x".repeat(100));
            assert_eq!(third.is_ok(), fits, "{third:?}");
            drop(peer);
        });
    }
    run(async || {
        let told = Told::default();
        let server = telling(&told, limits(100, 300), async |_, _| Ok(()));
        let (mut peer, _) = Peer::open_with_room(&server, 10).await;
        let socket = told.socket();
        for _ in 0..3 {
            socket
                .write_message(Message::binary(vec![1; 5000]))
                .unwrap();
            assert_eq!(peer.frame().await, Some((BINARY, vec![1; 5000])));
            turns().await;
        }
        // Behind one that is longer none may wait.
        socket
            .write_message(Message::binary(vec![1; 5000]))
            .unwrap();
        assert!(matches!(socket.write_message(""), Err(WriteError::TooSlow)));
    });
}

/// FI07: nobody waits for a client that reads nothing, and it is gone after five seconds.
#[test]
fn fi07_a_deaf_client_is_cut_off_and_the_others_miss_nothing() {
    type Room = Rc<RefCell<Vec<WebSocket>>>;
    struct Chat(Room, Told);
    impl WebSocketHandler for Chat {
        fn limits(&self) -> WebSocketLimits {
            limits(8, 1 << 20)
        }
        async fn open(&mut self, socket: &WebSocket, _: Request) -> web::Result {
            self.0.borrow_mut().push(socket.clone());
            Ok(())
        }
        async fn on_message(&mut self, _: &WebSocket, message: Message) -> web::Result {
            for member in &*self.0.borrow() {
                let _ = member.write_message(message.clone());
            }
            Ok(())
        }
        fn on_close(&mut self, closed: &Closed) {
            self.0.borrow_mut().retain(|member| !member.is_closed());
            self.1.tell(closed.to_string());
        }
    }
    run(async || {
        let (room, told) = (Room::default(), Told::default());
        let application = {
            let (room, told) = (room.clone(), told.clone());
            Application::new().websocket("/", move || Chat(room.clone(), told.clone()))
        };
        let server = Server::new(application);
        let (mut one, _) = Peer::open_with_room(&server, 1000).await;
        let (mut other, _) = Peer::open_with_room(&server, 1000).await;
        let (deaf, cut) = Peer::open_with_room(&server, 1000).await;
        turns().await;
        for number in 0..1000_u32 {
            let text = format!("{number:100}");
            one.send(frame(TEXT, &text)).await;
            for peer in [&mut one, &mut other] {
                assert_eq!(peer.frame().await, Some((TEXT, text.clone().into())));
            }
        }
        let begin = IoLoop::current().time();
        assert_eq!(room.borrow().len(), 3);
        cut.await.unwrap();
        // It was told to go when its queue was full, and has not answered.
        assert_eq!((IoLoop::current().time() - begin).as_secs(), 5);
        assert_eq!(room.borrow().len(), 2);
        assert_eq!(told.lines(), ["closed: 1013 too slow"]);
        drop(deaf);
    });
}

/// Who awaits `drained` speaks as fast as the other side reads, however much there is to say.
#[test]
fn fi07_who_waits_until_all_is_sent_is_never_too_fast() {
    run(async || {
        let told = Told::default();
        let server = telling(&told, limits(2, 1000), async |socket, _| {
            for number in 0..1000 {
                socket.write_message(format!("{number:500}"))?;
                socket.drained().await?;
            }
            Ok(())
        });
        let (mut peer, _) = Peer::open_with_room(&server, 100).await;
        peer.send(frame(TEXT, "")).await;
        for number in 0..1000 {
            assert_eq!(
                peer.frame().await,
                Some((TEXT, format!("{number:500}").into()))
            );
        }
    });
}

/// All who wait are told, and those that have nothing to wait for do not wait.
#[test]
fn fi07_drained_is_over_for_all_who_wait() {
    run(async || {
        let told = Told::default();
        let server = echoing(&told);
        let (mut peer, served) = Peer::open_with_room(&server, 100).await;
        let socket = told.socket();
        socket.drained().await.unwrap();
        for ends in [false, true] {
            socket.write_message("x".repeat(1000)).unwrap();
            let waits = [(); 3].map(|()| {
                let socket = socket.clone();
                spawn(async move { socket.drained().await })
            });
            // One that is given up leaves nothing behind that hurts.
            let given_up = ioloop::timeout(Duration::from_secs(1), socket.drained()).await;
            assert!(given_up.is_err());
            assert!(waits.iter().all(|waits| !waits.is_finished()));
            match ends {
                true => peer.close().await,
                false => assert!(peer.frame().await.is_some()),
            }
            for waits in waits {
                let result = ioloop::timeout(Duration::from_secs(1), waits).await;
                let result = result.expect("it was not woken").unwrap();
                match ends {
                    true => assert!(matches!(result, Err(WriteError::Closed)), "{result:?}"),
                    false => result.unwrap(),
                }
            }
        }
        served.await.unwrap();
    });
}

/// A pong is not kept waiting by a long queue.
#[test]
fn j10_a_pong_goes_before_what_waits() {
    run(async || {
        let told = Told::default();
        let server = echoing(&told);
        let (mut peer, _) = Peer::open_with_room(&server, 10).await;
        let socket = told.socket();
        for number in 0..100 {
            socket.write_message(format!("message {number}")).unwrap();
        }
        turns().await;
        peer.send(frame(PING, "quick")).await;
        turns().await;
        let mut frames = Vec::new();
        for _ in 0..101 {
            frames.push(peer.frame().await.unwrap());
        }
        assert_eq!(frames.remove(1), (PONG, b"quick".into()));
        for (number, frame) in frames.into_iter().enumerate() {
            assert_eq!(frame, (TEXT, format!("message {number}").into()));
        }
    });
}
