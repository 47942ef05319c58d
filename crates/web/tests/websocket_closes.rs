//! Every way in which a WebSocket ends: `on_close` is called once, and says which one it was.

mod frames;
mod wire;

use std::time::{Duration, Instant};

use ioloop::{IoLoop, sleep, spawn, timeout};
use web::{CloseCode, Server, WebSocket, WebSocketLimits, WriteError};

use frames::{ASKS, CLOSE, Frame, TEXT, Told, closes, echo, echoing, frame, says, telling, turns};
use wire::{Peer, run};

fn seconds(since: Instant) -> f32 {
    (IoLoop::current().time() - since).as_secs_f32()
}

/// What one is told, and what its client gets, when `ends` has happened to it, however long that takes; and how long that
/// was, until the connection's task was over.
fn ended(ends: impl AsyncFnOnce(&mut Peer, &WebSocket, &Server)) -> (Vec<Frame>, String, f32) {
    run(async || {
        let told = Told::default();
        let server = echoing(&told);
        let (mut peer, served) = Peer::open(&server).await;
        let begin = IoLoop::current().time();
        ends(&mut peer, &told.socket(), &server).await;
        let over = async { (peer.frames().await, served.await.unwrap()) };
        let over = timeout(Duration::from_secs(1000), over).await;
        let (frames, ()) = over.expect("it does not end");
        let lines = told.lines();
        assert_eq!((lines.len(), &*lines[0]), (2, "open"), "{lines:?}");
        assert_eq!(server.connections(), 0);
        assert!(matches!(
            told.socket().write_message("x"),
            Err(WriteError::Closed)
        ));
        (frames, lines[1].clone(), seconds(begin))
    })
}

/// A peer that never closes the connection, though the close is confirmed: it is waited for two seconds more.
#[test]
fn j7_fi13_the_peers_close_is_answered_with_its_code_and_reason() {
    for (code, reason) in [
        (1000, ""),
        (1001, "bye"),
        (3000, "ü"),
        (4999, &*"x".repeat(123)),
    ] {
        let (frames, line, took) = ended(async |peer, _, _| {
            peer.send(frame(CLOSE, says(code, reason))).await;
            peer.try_send(frame(TEXT, "after it")).await;
        });
        assert_eq!(frames, [closes(code, reason)]);
        let says = format!("{code} {reason}");
        assert_eq!(line, format!("closed by the peer: {}", says.trim_end()));
        assert_eq!(took, 2.0);
    }
    let (frames, line, _) = ended(async |peer, _, _| peer.send(frame(CLOSE, "")).await);
    assert_eq!(
        (frames, &*line),
        (vec![(CLOSE, vec![])], "closed by the peer")
    );
}

#[test]
fn j7_fi13_our_close_reaches_the_peer_which_has_5_seconds_to_answer() {
    let (frames, line, took) = ended(async |_, socket, _| socket.close(CloseCode::POLICY, "out"));
    assert_eq!(
        (frames, &*line),
        (vec![closes(1008, "out")], "closed: 1008 out")
    );
    assert_eq!(took, 5.0);

    let (frames, line, took) = ended(async |peer, socket, _| {
        socket.write_message("before").unwrap();
        socket.close(CloseCode::NORMAL, "");
        // What it had sent before it knew is passed over; what it answers is not told.
        peer.send(frame(TEXT, "crosses")).await;
        sleep(Duration::from_secs(4)).await;
        peer.send(frame(CLOSE, says(1001, "yes"))).await;
    });
    let before = (TEXT, b"before".to_vec());
    assert_eq!(
        (frames, &*line),
        (vec![before, closes(1000, "")], "closed: 1000")
    );
    assert_eq!(took, 4.0 + 2.0);
    // A peer that closes the connection at once has answered, too.
    let (_, line, took) = ended(async |peer, socket, _| {
        socket.close(CloseCode::NORMAL, "");
        turns().await;
        peer.close().await;
    });
    assert_eq!((&*line, took), ("closed: 1000", 0.0));
}

#[test]
fn j7_a_reason_is_cut_where_a_control_frame_ends_and_between_two_characters() {
    for (reason, sent) in [
        ("x".repeat(123), "x".repeat(123)),
        ("x".repeat(124), "x".repeat(123)),
        ("€".repeat(42), "€".repeat(41)),
        (format!("{}€", "x".repeat(121)), "x".repeat(121)),
    ] {
        let (frames, ..) = ended(async |_, socket, _| socket.close(CloseCode::ERROR, &reason));
        assert_eq!(frames, [closes(1011, &sent)]);
    }
}

/// The first one counts.
#[test]
fn j7_closing_twice_is_closing_once() {
    let (frames, line, _) = ended(async |peer, socket, _| {
        socket.close(CloseCode::NORMAL, "one");
        socket.close(CloseCode::ERROR, "two");
        turns().await;
        socket.close(CloseCode::ERROR, "three");
        peer.send(frame(CLOSE, says(1002, ""))).await;
        turns().await;
        socket.close(CloseCode::ERROR, "four");
    });
    assert_eq!(
        (frames, &*line),
        (vec![closes(1000, "one")], "closed: 1000 one")
    );
}

#[test]
fn j4_a_connection_that_breaks_off_is_lost() {
    let (frames, line, took) = ended(async |peer, _, _| peer.close().await);
    assert_eq!(
        (frames, &*line, took),
        (vec![], "the connection is lost", 0.0)
    );
    // In the middle of a frame.
    let (frames, line, _) = ended(async |peer, _, _| {
        peer.send(&frame(TEXT, "cut")[..8]).await;
        peer.close().await;
    });
    assert_eq!((frames, &*line), (vec![], "the connection is lost"));
}

/// FG22: they are told, and may answer; then they are cut off.
#[test]
fn j4_a_server_that_goes_down_says_so_and_waits_as_long_as_it_likes() {
    let down = closes(1001, "the server goes down");
    for answers in [true, false] {
        let (frames, line, took) = ended(async |peer, _, server| {
            let server = server.clone();
            let shut = spawn(async move { server.shutdown(Duration::from_secs(3)).await });
            assert_eq!(peer.frame().await, Some(down.clone()));
            if answers {
                peer.send(frame(CLOSE, says(1001, ""))).await;
                peer.close().await;
            }
            shut.await.unwrap();
        });
        assert_eq!(
            (frames, &*line),
            (vec![], "closed: 1001 the server goes down")
        );
        assert_eq!(took, if answers { 0.0 } else { 3.0 });
    }
    // Cut at once: it has been told, and had no time.
    let (_, line, took) = ended(async |_, _, server| server.shutdown(Duration::ZERO).await);
    assert_eq!((&*line, took), ("closed: 1001 the server goes down", 0.0));
}

/// One that is opened when the server goes down already.
#[test]
fn j4_whoever_comes_last_is_opened_and_told() {
    run(async || {
        let told = Told::default();
        let server = echoing(&told);
        let (mut peer, served) = Peer::of(&server);
        peer.send(ASKS.replace("\r\n\r\n", "\r\nContent-Length: 1\r\n\r\n"))
            .await;
        turns().await;
        let shut = {
            let server = server.clone();
            spawn(async move { server.shutdown(Duration::from_secs(3)).await })
        };
        turns().await;
        peer.send("x").await;
        let head = peer.until("\r\n\r\n").await;
        assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
        assert_eq!(peer.frames().await, [closes(1001, "the server goes down")]);
        assert_eq!(told.lines(), ["open", "closed: 1001 the server goes down"]);
        served.await.unwrap();
        shut.await.unwrap();
    });
}

/// The handler has as long as the peer has; then it is dropped where it waits.
#[test]
fn j7_a_close_does_not_wait_for_the_handler() {
    run(async || {
        let told = Told::default();
        let limits = WebSocketLimits {
            close: Duration::from_secs(9),
            ..WebSocketLimits::default()
        };
        let server = telling(&told, limits, async |socket, message| {
            echo(socket, message).await?;
            socket.close(CloseCode::NORMAL, "enough");
            std::future::pending().await
        });
        let (mut peer, served) = Peer::open(&server).await;
        let begin = IoLoop::current().time();
        peer.send(frame(TEXT, "x")).await;
        peer.send(frame(CLOSE, "")).await;
        assert_eq!(
            peer.frames().await,
            [(TEXT, b"x".to_vec()), closes(1000, "enough")]
        );
        assert_eq!(seconds(begin), 9.0);
        served.await.unwrap();
        assert_eq!(told.lines(), ["open", "text x", "closed: 1000 enough"]);
    });
}

/// J6: once it is being closed nothing can be said, and who waits is told.
#[test]
fn j6_nothing_can_be_said_on_what_is_closed() {
    run(async || {
        let told = Told::default();
        let server = echoing(&told);
        let (mut peer, served) = Peer::open_with_room(&server, 100).await;
        let socket = told.socket();
        socket.write_message("x".repeat(1000)).unwrap();
        let waits = {
            let socket = socket.clone();
            spawn(async move { socket.drained().await })
        };
        turns().await;
        assert!(!waits.is_finished());
        let begin = IoLoop::current().time();
        socket.close(CloseCode::NORMAL, "");
        for _ in 0..2 {
            let results = [
                socket.write_message("x"),
                socket.write_json(&1),
                socket.ping(""),
                socket.drained().await,
            ];
            for result in results {
                assert!(matches!(result, Err(WriteError::Closed)), "{result:?}");
            }
            assert!(socket.is_closed());
            turns().await;
        }
        assert!(matches!(waits.await, Ok(Err(WriteError::Closed))));
        assert_eq!(seconds(begin), 0.0);
        // What was said before is sent all the same.
        assert_eq!(peer.frame().await, Some((TEXT, vec![b'x'; 1000])));
        assert_eq!(peer.frames().await, [closes(1000, "")]);
        served.await.unwrap();
        assert_eq!(socket.queued(), 0);
    });
}
