//! How a WebSocket ends, and that its handler is told once.

mod frames;
mod logged;
mod wire;

use bytes::Bytes;
use ioloop::yield_now;
use web::{
    Application, Closed, Message, Request, Server, WebSocket, WebSocketHandler, WebSocketLimits,
};

use frames::{CLOSE, FINAL, PING, PONG, TEXT, Told, closes, echo, frame, said, says, telling};
use logged::logged;
use wire::{Peer, run};

/// What is answered goes out, though the client is done when it has asked.
#[test]
fn j7_what_was_said_before_the_end_is_sent_before_the_close() {
    let echoed = (TEXT, b"x".into());
    let (frames, lines) = said([frame(TEXT, "x"), frame(CLOSE, says(1000, "bye"))].concat());
    assert_eq!(frames, [echoed.clone(), closes(1000, "bye")]);
    assert_eq!(lines, ["text x", "closed by the peer: 1000 bye"]);

    let (frames, _) = said([frame(TEXT, "x"), frame(FINAL | 3, "")].concat());
    assert_eq!(frames, [echoed.clone(), closes(1002, "a reserved opcode")]);

    let lines = logged(|| {
        run(async || {
            let told = Told::default();
            let server = telling(
                &told,
                WebSocketLimits::default(),
                async |socket, message| {
                    echo(socket, message).await?;
                    Err(web::HttpError::new(web::StatusCode::IM_A_TEAPOT))
                },
            );
            let (mut peer, _) = Peer::open(&server).await;
            peer.send(frame(TEXT, "x")).await;
            assert_eq!(peer.frames().await, [echoed, closes(1011, "")]);
        });
    });
    assert_eq!(
        lines[1],
        "ERROR Uncaught error GET / (127.0.0.1): 418 I'm a teapot"
    );
}

/// Fails in the way that the message names, in whichever method.
struct Fails {
    told: Told,
    how: &'static str,
}

impl Fails {
    fn at(&self, here: &str) -> web::Result {
        match self.how.strip_prefix(here) {
            Some(" errs") => Err(web::HttpError::new(web::StatusCode::IM_A_TEAPOT)),
            Some(" panics") => panic!("in {here}"),
            _ => Ok(()),
        }
    }
}

impl WebSocketHandler for Fails {
    async fn open(&mut self, _: &WebSocket, _: Request) -> web::Result {
        yield_now().await;
        self.at("open")
    }

    async fn on_message(&mut self, _: &WebSocket, _: Message) -> web::Result {
        yield_now().await;
        self.at("message")
    }

    fn on_ping(&mut self, _: &WebSocket, _: &Bytes) {
        let _ = self.at("ping");
    }

    fn on_pong(&mut self, _: &WebSocket, _: &Bytes) {
        let _ = self.at("pong");
    }

    fn on_close(&mut self, closed: &Closed) {
        self.told.tell(closed.to_string());
        let _ = self.at("close");
    }
}

/// J18: it is logged, the connection is closed, and nobody else's.
#[test]
fn j18_errors_and_panics_of_a_handler_are_logged_and_close_the_connection_with_1011() {
    for (how, error) in [
        ("open errs", "418 I'm a teapot"),
        (
            "open panics",
            "500 Internal Server Error: panicked: in open",
        ),
        ("message errs", "418 I'm a teapot"),
        (
            "message panics",
            "500 Internal Server Error: panicked: in message",
        ),
        (
            "ping panics",
            "500 Internal Server Error: panicked: in ping",
        ),
        (
            "pong panics",
            "500 Internal Server Error: panicked: in pong",
        ),
    ] {
        let told = Told::default();
        let lines = logged(|| {
            run(async || {
                let fails = told.clone();
                let application = Application::new().websocket("/", move || Fails {
                    told: fails.clone(),
                    how,
                });
                let server = Server::new(application);
                let (mut peer, served) = Peer::open(&server).await;
                let bytes = [frame(PING, ""), frame(PONG, ""), frame(TEXT, "")].concat();
                peer.try_send(bytes).await;
                let mut frames = peer.frames().await;
                if how.starts_with("p") || how.starts_with("m") {
                    assert_eq!(frames.remove(0), (PONG, Vec::new()));
                }
                assert_eq!(frames, [closes(1011, "")], "{how}");
                drop(peer);
                served.await.unwrap();
            });
        });
        assert_eq!(told.lines(), ["closed: 1011"], "{how}");
        let uncaught = format!("ERROR Uncaught error GET / (127.0.0.1): {error}");
        assert_eq!(lines[1..], [uncaught], "{how}");
    }
}

#[test]
fn j18_a_panic_in_on_close_is_logged_and_the_close_is_answered() {
    let told = Told::default();
    let lines = logged(|| {
        run(async || {
            let fails = told.clone();
            let application = Application::new().websocket("/", move || Fails {
                told: fails.clone(),
                how: "close panics",
            });
            let (mut peer, served) = Peer::open(&Server::new(application)).await;
            peer.send(frame(CLOSE, says(4000, "x"))).await;
            assert_eq!(peer.frames().await, [closes(4000, "x")]);
            drop(peer);
            served.await.unwrap();
        });
    });
    assert_eq!(told.lines(), ["closed by the peer: 4000 x"]);
    let panicked =
        "ERROR Uncaught error GET / (127.0.0.1): 500 Internal Server Error: panicked: in close";
    assert_eq!(lines[1..], [panicked]);
}
