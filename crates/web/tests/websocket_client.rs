//! The client's end of a WebSocket.

mod accepts;
mod frames;
mod wire;

use std::cell::Cell;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::time::Duration;

use ioloop::{IoLoop, sleep, spawn};
use web::{
    AsyncHttpClient, ClientOptions, CloseCode, Closed, Message, WebSocketLimits, WriteError,
};

use accepts::{accepts, against, plain};
use frames::{BINARY, CLOSE, FINAL, PING, PONG, TEXT, Told, echo, frame, says, turns};
use wire::{LOCAL, Peer, run, wire};

/// How it ended for a client whose server says `bytes` when it has accepted, and what it got before.
fn read(bytes: impl AsRef<[u8]>) -> (Vec<Message>, Closed) {
    let bytes: Rc<[u8]> = bytes.as_ref().into();
    run(async || {
        let client = against(async move |peer| peer.accept(&bytes).await);
        let mut connection = client.websocket("ws://a/").await.unwrap();
        let mut messages = Vec::new();
        while let Some(message) = connection.read_message().await {
            messages.push(message);
        }
        assert_eq!(connection.read_message().await, None);
        (messages, connection.closed().unwrap())
    })
}

/// J20: both ends are ours.
#[test]
fn j20_what_is_said_comes_back_and_the_end_is_told() {
    run(async || {
        let told = Told::default();
        let server = frames::telling(
            &told,
            WebSocketLimits::default(),
            async |socket, message| {
                match message.as_text() {
                    Some("bye") => socket.close(CloseCode::NORMAL, "farewell"),
                    _ => echo(socket, message).await?,
                }
                Ok(())
            },
        );
        let client = AsyncHttpClient::connecting_by(ClientOptions::default(), move |_| {
            let (near, far) = wire(1000);
            drop(spawn(server.serve(far, LOCAL)));
            async { Ok(near) }
        });
        let mut connection = client.websocket("ws://localhost/").await.unwrap();
        for message in [
            Message::text("hello"),
            Message::binary(vec![7; 100_000]),
            "".into(),
        ] {
            connection.socket().write_message(message.clone()).unwrap();
            assert_eq!(connection.read_message().await, Some(message));
        }
        assert_eq!(connection.closed(), None);
        connection.socket().write_message("bye").unwrap();
        assert_eq!(connection.read_message().await, None);
        let closed = connection.closed().unwrap();
        assert_eq!(closed.to_string(), "closed by the peer: 1000 farewell");
        let late = connection.socket().write_message("x");
        assert!(matches!(late, Err(WriteError::Closed)));
        turns().await;
        assert_eq!(told.lines().pop().unwrap(), "closed: 1000 farewell");
    });
}

/// FI11: each frame has its own mask, which nobody can guess; each handshake its own key.
#[test]
fn fi11_of_a_thousand_masks_none_is_another() {
    run(async || {
        let (masks, keys) = (
            Rc::new(Cell::new(BTreeSet::new())),
            Rc::new(Cell::new(BTreeSet::new())),
        );
        let (seen, seen_keys) = (masks.clone(), keys.clone());
        let client = against(async move |peer| {
            let head = peer.until("\r\n\r\n").await;
            let mut keys = seen_keys.take();
            keys.insert(
                head.lines()
                    .find(|line| line.contains("-key"))
                    .unwrap()
                    .to_owned(),
            );
            seen_keys.set(keys);
            peer.send(accepts(&head) + "\r\n").await;
            for _ in 0..100 {
                let (first, payload, mask) = peer.masked_frame().await.unwrap();
                assert_eq!((first, &*payload), (TEXT, &b"the same"[..]));
                let mut masks = seen.take();
                masks.insert(mask);
                seen.set(masks);
            }
        });
        for _ in 0..10 {
            let connection = client.websocket("ws://a/").await.unwrap();
            for _ in 0..100 {
                connection.socket().write_message("the same").unwrap();
            }
            connection.socket().drained().await.unwrap();
            turns().await;
        }
        // By chance two of a thousand are the same once in 8,600 times: that is no mistake.
        assert!(masks.take().len() >= 998);
        assert_eq!(keys.take().len(), 10);
    });
}

/// FI12, at this end.
#[test]
fn fi12_frames_right_behind_the_101_are_kept() {
    let bytes = [
        plain(TEXT, "one"),
        plain(PING, ""),
        plain(0x01, "t"),
        plain(FINAL, "wo"),
    ];
    let bytes = [bytes.concat(), plain(CLOSE, says(4000, "x"))].concat();
    let (messages, closed) = read(bytes);
    assert_eq!(messages, [Message::text("one"), Message::text("two")]);
    assert_eq!(closed.to_string(), "closed by the peer: 4000 x");
}

#[test]
fn fi02_a_server_that_masks_or_breaks_the_protocol_is_refused() {
    for (bytes, code, reason) in [
        (frame(TEXT, "x"), 1002, "a frame that is masked"),
        (plain(0x83, ""), 1002, "a reserved opcode"),
        (plain(0xc1, ""), 1002, "a reserved bit"),
        (plain(TEXT, b"\xff"), 1007, "not UTF-8"),
        (plain(CLOSE, [1]), 1002, "half a close code"),
        (
            vec![BINARY, 127, 0, 0, 0, 0, 0, 16, 0, 1],
            1009,
            "message too big",
        ),
    ] {
        let (messages, closed) = read([plain(BINARY, "first"), bytes].concat());
        assert_eq!(messages, [Message::binary("first")]);
        assert_eq!(closed.to_string(), format!("closed: {code} {reason}"));
    }
}

#[test]
fn j20_a_server_that_goes_away_is_lost() {
    run(async || {
        let client = AsyncHttpClient::connecting_by(ClientOptions::default(), |_| async {
            let (near, far) = wire(1000);
            drop(spawn(async {
                Peer::new(far).accept(plain(TEXT, "x")).await
            }));
            Ok(near)
        });
        let mut connection = client.websocket("ws://a/").await.unwrap();
        assert_eq!(connection.read_message().await, Some(Message::text("x")));
        assert_eq!(connection.read_message().await, None);
        assert_eq!(connection.closed(), Some(Closed::Lost));
    });
}

/// What a connection that was opened does when it is dropped, and what the server gets.
#[test]
fn j20_dropped_it_is_closed() {
    run(async || {
        let got = Rc::new(Cell::new(Vec::new()));
        let gets = got.clone();
        let client = against(async move |peer| {
            peer.accept("").await;
            let mut frames = Vec::new();
            while let Some(frame) = peer.unmasked().await {
                frames.push(frame);
            }
            gets.set(frames);
        });
        let connection = client.websocket("ws://a/").await.unwrap();
        connection.socket().write_message("last").unwrap();
        drop(connection);
        // This server does not answer the close, and is cut off.
        sleep(Duration::from_secs(6)).await;
        assert_eq!(
            got.take(),
            [(TEXT, b"last".into()), (CLOSE, says(1001, ""))]
        );
    });
}

/// What is not read waits, so much of it and no more, and nothing of it is lost; nor by who gives up reading.
#[test]
fn j20_messages_wait_until_they_are_read() {
    run(async || {
        let sent = Rc::new(Cell::new(0));
        let sends = sent.clone();
        let client = AsyncHttpClient::connecting_by(ClientOptions::default(), move |_| {
            let sends = sends.clone();
            async move {
                let (near, far) = wire(10);
                drop(spawn(async move {
                    let mut peer = Peer::new(far);
                    peer.accept("").await;
                    for number in 0..100 {
                        peer.send(plain(TEXT, format!("number {number}"))).await;
                        sends.set(number + 1);
                    }
                    peer.send(plain(CLOSE, "")).await;
                    peer.rest_of_bytes().await;
                }));
                Ok(near)
            }
        });
        let mut connection = client.websocket("ws://a/").await.unwrap();
        sleep(Duration::from_secs(1)).await;
        // Sixteen, the one that waits, and what is on the wire.
        assert!((17..=20).contains(&sent.get()), "{}", sent.get());
        for number in 0..100 {
            let given_up = ioloop::timeout(Duration::ZERO, connection.read_message()).await;
            let message = match given_up {
                Ok(message) => message,
                Err(_) => connection.read_message().await,
            };
            assert_eq!(message, Some(Message::text(format!("number {number}"))));
        }
        assert_eq!(connection.read_message().await, None);
        assert_eq!(connection.closed(), Some(Closed::ByPeer(None)));
    });
}

/// J12, at this end: a server that has vanished.
#[test]
fn j12_the_client_pings_too() {
    run(async || {
        let pings = Rc::new(Cell::new(0));
        let counts = pings.clone();
        let client = against(async move |peer| {
            peer.accept("").await;
            // It answers three times.
            while let Some((PING, bytes)) = peer.unmasked().await {
                counts.set(counts.get() + 1);
                if counts.get() <= 3 {
                    peer.send(plain(PONG, bytes)).await;
                }
            }
        });
        let mut connection = client.websocket("ws://a/").await.unwrap();
        let begin = IoLoop::current().time();
        assert_eq!(connection.read_message().await, None);
        assert_eq!((IoLoop::current().time() - begin).as_secs(), 20 * 6);
        assert_eq!((connection.closed(), pings.get()), (Some(Closed::Lost), 5));
    });
}
