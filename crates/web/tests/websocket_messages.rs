//! Messages: texts and bytes, in order, one at a time.

mod frames;
mod wire;

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use ioloop::sleep;
use web::{
    Application, CloseCode, HttpError, Message, Request, Server, StatusCode, WebSocket,
    WebSocketHandler, WebSocketLimits,
};

use frames::{
    BINARY, CLOSE, PING, PONG, TEXT, Told, closes, echoing, frame, said, says, telling, turns,
};
use wire::{Peer, run};

/// J5, J8: a text is a text and bytes are bytes, in both directions.
#[test]
fn j5_j8_texts_are_texts_and_bytes_are_bytes() {
    let all: Vec<u8> = (0..=255).collect();
    let bytes = [
        frame(TEXT, "käse 🧀"),
        frame(BINARY, &all),
        frame(TEXT, ""),
        frame(BINARY, ""),
        frame(CLOSE, ""),
    ];
    let (frames, lines) = said(bytes.concat());
    let expected: [frames::Frame; 5] = [
        (TEXT, "käse 🧀".into()),
        (BINARY, all.clone()),
        (TEXT, vec![]),
        (BINARY, vec![]),
        (CLOSE, vec![]),
    ];
    assert_eq!(frames, expected);
    assert_eq!(lines[0], "text käse 🧀");
    assert!(lines[1].starts_with(r#"binary b"\0\x01"#), "{lines:?}");
    assert_eq!(lines[2..], ["text ", "binary b\"\"", "closed by the peer"]);
}

#[test]
fn j5_a_value_is_written_as_json_and_what_json_cannot_say_is_not_written() {
    run(async || {
        let told = Told::default();
        let (mut peer, _) = Peer::open(&echoing(&told)).await;
        let socket = told.socket();
        let broken = std::collections::BTreeMap::from([((1, 2), 3)]);
        let error = socket.write_json(&broken).unwrap_err();
        assert!(matches!(error, web::WriteError::Json(_)), "{error}");
        socket.write_json(&[("a", 1)]).unwrap();
        assert_eq!(peer.frame().await, Some((TEXT, br#"[["a",1]]"#.into())));
    });
}

/// J4: what comes while `open` waits is told when it is over.
#[test]
fn j4_messages_wait_for_open() {
    struct Opens(Told);
    impl WebSocketHandler for Opens {
        async fn open(&mut self, socket: &WebSocket, request: Request) -> web::Result {
            self.0.tell(format!("opens {}", request.path()));
            socket.write_message("welcome")?;
            sleep(Duration::from_secs(7)).await;
            self.0.tell("open");
            Ok(())
        }

        async fn on_message(&mut self, _: &WebSocket, message: Message) -> web::Result {
            self.0.tell(message.as_text().unwrap());
            Ok(())
        }
    }
    run(async || {
        let told = Told::default();
        let application = {
            let told = told.clone();
            Application::new().websocket("/", move || Opens(told.clone()))
        };
        let (mut peer, _) = Peer::open(&Server::new(application)).await;
        peer.send([frame(TEXT, "one"), frame(PING, "")].concat())
            .await;
        // What is said meanwhile goes out.
        assert_eq!(peer.frame().await, Some((TEXT, b"welcome".into())));
        peer.send(frame(TEXT, "two")).await;
        turns().await;
        assert_eq!(told.lines(), ["opens /"]);
        assert_eq!(peer.frame().await, Some((PONG, vec![])));
        turns().await;
        assert_eq!(told.lines(), ["open", "one", "two"]);
    });
}

/// J9: while one message is at work the next one waits; what is said goes out all the same, and others are served.
#[test]
fn j9_one_message_is_at_work_at_a_time() {
    run(async || {
        let told = Told::default();
        let works = told.clone();
        let server = telling(
            &told,
            WebSocketLimits::default(),
            async move |socket, message| {
                let seconds: u64 = message.as_text().unwrap().parse()?;
                socket.write_message("begins")?;
                sleep(Duration::from_secs(seconds)).await;
                works.tell(format!("done {seconds}"));
                Ok(socket.write_message(message)?)
            },
        );
        let (mut slow, _) = Peer::open(&server).await;
        let (mut quick, _) = Peer::open(&server).await;
        told.lines();
        let texts = ["5", "0", "1"];
        slow.send(texts.map(|text| frame(TEXT, text)).concat())
            .await;
        assert_eq!(slow.frame().await, Some((TEXT, b"begins".into())));
        quick.send(frame(TEXT, "0")).await;
        for text in ["begins", "0"] {
            assert_eq!(quick.frame().await, Some((TEXT, text.into())));
        }
        assert_eq!(told.lines(), ["text 5", "text 0", "done 0"]);
        for text in ["5", "begins", "0", "begins", "1"] {
            assert_eq!(slow.frame().await, Some((TEXT, text.into())));
        }
        let lines = ["done 5", "text 0", "done 0", "text 1", "done 1"];
        assert_eq!(told.lines(), lines);
    });
}

/// J9: a client that sends on and on while its message is at work has to wait, and memory does not grow.
#[test]
fn j9_a_client_waits_for_its_handler() {
    run(async || {
        let told = Told::default();
        let server = telling(&told, WebSocketLimits::default(), async |_, _| {
            sleep(Duration::from_secs(1)).await;
            Ok(())
        });
        let (mut peer, _) = Peer::open_with_room(&server, 1000).await;
        let sent = Rc::new(Cell::new(0));
        let sends = {
            let sent = sent.clone();
            ioloop::spawn(async move {
                while peer.try_send(frame(TEXT, "x".repeat(900))).await {
                    sent.set(sent.get() + 1);
                }
            })
        };
        sleep(Duration::from_millis(99_500)).await;
        // As many as were read, one that is on the wire, and at most what one read has taken.
        let handled = told.lines().len() - 1;
        assert_eq!(handled, 100);
        assert!((100..105).contains(&sent.get()), "{}", sent.get());
        sends.abort();
    });
}

/// A client that has much to say does not keep the others from theirs.
#[test]
fn j9_the_others_have_their_turn_while_one_has_sent_much() {
    run(async || {
        let told = Told::default();
        let server = telling(&told, WebSocketLimits::default(), async |_, _| Ok(()));
        let (mut much, _) = Peer::open(&server).await;
        let (mut little, _) = Peer::open(&server).await;
        turns().await;
        told.lines();
        much.send(frame(TEXT, "m").repeat(1000)).await;
        little.send(frame(TEXT, "l")).await;
        turns().await;
        let lines = told.lines();
        let at = lines.iter().position(|line| line == "text l").unwrap();
        assert!(at <= 64, "{at}");
    });
}

/// J10: the same bytes, whatever they are.
#[test]
fn j10_a_ping_is_answered_with_its_bytes_and_told() {
    let longest = [0xff; 125];
    for bytes in [&b""[..], b"\0", &longest] {
        let (frames, lines) = said([frame(PING, bytes), frame(CLOSE, "")].concat());
        assert_eq!(frames, [(PONG, bytes.to_vec()), (CLOSE, vec![])]);
        assert!(lines[0].starts_with("ping b\""), "{lines:?}");
    }
}

#[test]
fn j10_we_may_ping_with_at_most_125_bytes() {
    run(async || {
        let told = Told::default();
        let (mut peer, _) = Peer::open(&echoing(&told)).await;
        let socket = told.socket();
        let error = socket.ping(vec![1; 126]).unwrap_err();
        assert!(matches!(error, web::WriteError::LongPing), "{error}");
        socket.ping(vec![1; 125]).unwrap();
        assert_eq!(peer.frame().await, Some((PING, vec![1; 125])));
        peer.send(frame(PONG, "any")).await;
        turns().await;
        assert_eq!(told.lines(), ["open", "pong b\"any\""]);
    });
}

/// A handler is made for each connection, and has it to itself.
#[test]
fn j4_a_handler_lives_as_long_as_its_connection() {
    struct Counts(u32, Rc<RefCell<Vec<u32>>>);
    impl WebSocketHandler for Counts {
        async fn on_message(&mut self, socket: &WebSocket, message: Message) -> web::Result {
            self.0 += 1;
            match message.as_text() {
                Some("bye") => socket.close(CloseCode::NORMAL, ""),
                Some("fail") => return Err(HttpError::new(StatusCode::NOT_FOUND)),
                _ => {}
            }
            Ok(())
        }
    }
    impl Drop for Counts {
        fn drop(&mut self) {
            self.1.borrow_mut().push(self.0);
        }
    }
    run(async || {
        let counts = Rc::<RefCell<Vec<u32>>>::default();
        let application = {
            let counts = counts.clone();
            Application::new().websocket("/", move || Counts(0, counts.clone()))
        };
        let server = Server::new(application);
        let (mut one, _) = Peer::open(&server).await;
        let (mut other, _) = Peer::open(&server).await;
        one.send(frame(TEXT, "")).await;
        for text in ["", "", "bye", "passed over"] {
            other.send(frame(TEXT, text)).await;
        }
        one.send(frame(TEXT, "fail")).await;
        assert_eq!(other.frame().await, Some(closes(1000, "")));
        other.send(frame(CLOSE, says(1000, ""))).await;
        turns().await;
        assert_eq!(one.frames().await, [closes(1011, "")]);
        counts.borrow_mut().sort_unstable();
        assert_eq!(*counts.borrow(), [2, 3]);
    });
}
