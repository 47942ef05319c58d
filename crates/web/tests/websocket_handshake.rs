//! Which requests become WebSockets.

mod frames;
mod wire;

use std::rc::Rc;
use std::time::Duration;

use ioloop::sleep;
use web::{Application, Message, WebSocket, WebSocketHandler};

use frames::{ASKS, PONG, TEXT, Told, echoing, frame};
use wire::{Answer, Peer, ask, run};

/// Hears, and says nothing.
struct Hears;

impl WebSocketHandler for Hears {
    async fn on_message(&mut self, _: &WebSocket, _: Message) -> web::Result {
        Ok(())
    }
}

const UPGRADE: &str = "Connection: Upgrade\r\nUpgrade: websocket";
const KEY: &str = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";
const VERSION: &str = "Sec-WebSocket-Version: 13";

fn asked(line: &str, headers: &[&str]) -> Answer {
    let application = Application::new().websocket("/", || Hears);
    ask(application, &format!("{line}\r\n{}", headers.join("\r\n")))
}

fn status(headers: &[&str]) -> u16 {
    asked("GET / HTTP/1.1", headers).status
}

/// The answer to the key is the one that RFC 6455 has as its example.
#[test]
fn j1_the_handshake_is_answered_with_101_and_what_the_key_asks_for() {
    let answer = asked("GET / HTTP/1.1", &[UPGRADE, KEY, VERSION]);
    assert!(
        answer
            .head
            .starts_with("HTTP/1.1 101 Switching Protocols\r\n")
    );
    assert_eq!(answer.header("upgrade"), Some("websocket"));
    assert_eq!(answer.header("connection"), Some("Upgrade"));
    let accept = answer.header("sec-websocket-accept");
    assert_eq!(accept, Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
    for absent in [
        "sec-websocket-protocol",
        "sec-websocket-extensions",
        "content-length",
    ] {
        assert_eq!(answer.header(absent), None);
    }
}

/// J2, and FI08: whatever is missing, doubled or wrong.
#[test]
fn j2_fi08_a_request_that_is_no_handshake_is_400() {
    for connection in [
        "Upgrade",
        "upgrade",
        "keep-alive, Upgrade",
        "close,  UPGRADE ,x",
    ] {
        for upgrade in ["websocket", "WebSocket", "h2c, websocket"] {
            let upgrade = format!("Connection: {connection}\r\nUpgrade: {upgrade}");
            assert_eq!(status(&[&upgrade, KEY, VERSION]), 101, "{upgrade}");
        }
    }
    assert_eq!(status(&["X: y"]), 400);
    assert_eq!(status(&["Connection: Upgrade", KEY, VERSION]), 400);
    assert_eq!(status(&["Upgrade: websocket", KEY, VERSION]), 400);
    for upgrade in [
        "Connection: Upgrade\r\nUpgrade: websockets",
        "Connection: Upgraded\r\nUpgrade: websocket",
        "Connection: \"Upgrade\"\r\nUpgrade: websocket",
        "Connection: close\r\nUpgrade: websocket",
    ] {
        assert_eq!(status(&[upgrade, KEY, VERSION]), 400, "{upgrade}");
    }
    assert_eq!(status(&[UPGRADE, KEY]), 400);
    assert_eq!(status(&[UPGRADE, VERSION]), 400);
    assert_eq!(status(&[UPGRADE, VERSION, VERSION, KEY]), 400);
    assert_eq!(status(&[UPGRADE, VERSION, KEY, KEY]), 400);
    let old = asked("GET / HTTP/1.0", &[UPGRADE, VERSION, KEY]);
    assert_eq!(old.status, 400);
    // Its host is looked at as that of every request.
    assert_eq!(status(&[UPGRADE, VERSION, KEY, "Host: other"]), 400);
}

/// 16 bytes are 24 characters, and the last of their 22 digits has four bits that say nothing.
#[test]
fn fi08_a_key_is_16_bytes_in_base64() {
    let with = |key: &str| status(&[UPGRADE, VERSION, &format!("Sec-WebSocket-Key: {key}")]);
    for key in [
        "AAAAAAAAAAAAAAAAAAAAAA==",
        "/+++++++++++++++++++9Q==",
        " AAAAAAAAAAAAAAAAAAAAAw== ",
    ] {
        assert_eq!(with(key), 101, "{key}");
    }
    for key in [
        "",
        "AAAAAAAAAAAAAAAAAAAAA===",
        "AAAAAAAAAAAAAAAAAAAAAAA=",
        "AAAAAAAAAAAAAAAAAAAAAAAA",
        "AAAAAAAAAAAAAAAAAAAAAAAAAA==",
        "AAAAAAAAAAAAAAAAAAAAAB==",
        "AAAAAAAAAAAAAAAAAAAAA-==",
        "AAAAAAAAAAAAAAAAAAAAA A==",
        "AAAAAAAAAAAAAAAAAAAAAA=",
        "AAAAAAAAAAAAAAAAAAAAAA==, AAAAAAAAAAAAAAAAAAAAAA==",
    ] {
        assert_eq!(with(key), 400, "{key}");
    }
}

#[test]
fn j2_another_version_is_426_and_is_told_which_one_there_is() {
    for version in ["0", "7", "8", "12", "14", "013", "13, 8", "x", "-13"] {
        let version = format!("Sec-WebSocket-Version: {version}");
        let answer = asked("GET / HTTP/1.1", &[UPGRADE, KEY, &version]);
        assert_eq!(answer.status, 426, "{version}");
        assert_eq!(answer.header("sec-websocket-version"), Some("13"));
        // RFC 9110, 15.5.22
        assert_eq!(answer.header("upgrade"), Some("websocket"));
        assert_eq!(answer.header("connection"), Some("Upgrade"));
    }
}

#[test]
fn j2_only_a_get_opens_one() {
    for method in ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
        let line = format!("{method} / HTTP/1.1");
        let answer = asked(&line, &[UPGRADE, KEY, VERSION]);
        assert_eq!(
            (answer.status, answer.header("allow")),
            (405, Some("GET")),
            "{method}"
        );
    }
    run(async || {
        let (mut peer, _) = Peer::of(&echoing(&Told::default()));
        peer.send(ASKS.replace("GET", "HEAD")).await;
        let head = peer.until("\r\n\r\n").await;
        assert!(head.starts_with("HTTP/1.1 405 ") && head.contains("allow: GET\r\n"));
    });
}

/// After a refusal the connection speaks HTTP as before.
#[test]
fn fi08_a_client_that_was_refused_may_ask_again() {
    run(async || {
        let (told, early) = (Told::default(), frame(TEXT, "x"));
        let server = echoing(&told);
        let (mut peer, _) = Peer::of(&server);
        peer.send(ASKS.replace("13", "8")).await;
        assert_eq!(peer.answer().await.status, 426);
        peer.send([ASKS.as_bytes(), &early].concat()).await;
        assert_eq!(peer.answer().await.status, 101);
        assert_eq!(peer.frame().await, Some((TEXT, b"x".into())));
    });
}

#[test]
fn j15_the_handler_chooses_one_of_the_protocols_that_are_offered() {
    struct Chooses(Rc<[&'static str]>);
    impl WebSocketHandler for Chooses {
        fn select_subprotocol<'a>(&mut self, offered: &[&'a str]) -> Option<&'a str> {
            assert_eq!(offered, &*self.0);
            offered.iter().copied().find(|known| known.starts_with('b'))
        }
        async fn on_message(&mut self, _: &WebSocket, _: Message) -> web::Result {
            Ok(())
        }
    }
    let choice = |lines: &str, offered: &[&'static str]| {
        let offered = Rc::from(offered);
        let application = Application::new().websocket("/", move || Chooses(Rc::clone(&offered)));
        let request = format!("GET / HTTP/1.1\r\n{UPGRADE}\r\n{KEY}\r\n{VERSION}{lines}");
        let answer = ask(application, &request);
        assert_eq!(answer.status, 101);
        answer.header("sec-websocket-protocol").map(str::to_owned)
    };
    assert_eq!(choice("", &[]), None);
    let protocol = |list: &str| format!("\r\nSec-WebSocket-Protocol: {list}");
    assert_eq!(choice(&protocol("a"), &["a"]), None);
    assert_eq!(
        choice(&protocol("a,b1 , b2"), &["a", "b1", "b2"]).as_deref(),
        Some("b1")
    );
    let twice = protocol("a") + &protocol(",b,,c");
    assert_eq!(choice(&twice, &["a", "b", "c"]).as_deref(), Some("b"));
}

/// FI12: what a client sends before it has the answer, in the same piece or half of it.
#[test]
fn fi12_frames_right_behind_the_handshake_are_kept() {
    let bytes = [
        ASKS.as_bytes(),
        &frame(TEXT, "one"),
        &frame(PONG, ""),
        &frame(TEXT, "two"),
    ]
    .concat();
    run(async || {
        let told = Told::default();
        let server = echoing(&told);
        for at in 0..=bytes.len() {
            let (mut peer, _) = Peer::of(&server);
            peer.send(&bytes[..at]).await;
            frames::turns().await;
            peer.send(&bytes[at..]).await;
            peer.until("\r\n\r\n").await;
            assert_eq!(peer.frame().await, Some((TEXT, b"one".into())));
            assert_eq!(peer.frame().await, Some((TEXT, b"two".into())));
            let lines = ["open", "text one", "pong b\"\"", "text two"];
            assert_eq!(told.lines(), lines, "cut at {at}");
            drop(peer);
            frames::turns().await;
            assert_eq!(told.lines(), ["the connection is lost"]);
        }
    });
}

/// HTTP's time-outs hold for HTTP, and for a request that is refused.
#[test]
fn fi08_none_of_the_time_outs_of_http_holds_for_what_is_open() {
    run(async || {
        let told = Told::default();
        let server = echoing(&told);
        let (mut peer, served) = Peer::open_with_room(&server, 1000).await;
        // Longer than each of them, the one for a peer that takes nothing of a reply among them.
        peer.send(frame(TEXT, "x".repeat(5000))).await;
        for _ in 0..10 {
            sleep(Duration::from_secs(15)).await;
            peer.send(frame(PONG, "")).await;
        }
        assert_eq!(peer.frame().await, Some((TEXT, vec![b'x'; 5000])));
        assert_eq!(server.connections(), 1);
        drop(peer);
        served.await.unwrap();
        assert_eq!(server.connections(), 0);
    });
}
