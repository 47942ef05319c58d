//! A connection that leaves HTTP.

mod logged;
mod wire;

use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;

use futures_io::{AsyncRead, AsyncWrite};
use ioloop::{IoLoop, sleep};
use web::{Application, Handler, Reply, Request, Server, Upgraded};

use logged::logged;
use wire::{Peer, ask, run};

/// Speaks a protocol that repeats each byte.
struct Repeats;

impl Handler for Repeats {
    async fn get(&mut self, request: &mut Request, reply: &mut Reply) -> web::Result {
        reply.set_header("x-mine", "1")?;
        reply.upgrade(request, "repeat", async |mut stream: Upgraded| {
            let mut buf = [0; 1];
            while poll_fn(|cx| Pin::new(&mut stream).poll_read(cx, &mut buf))
                .await
                .unwrap()
                > 0
            {
                assert_ne!(&buf, b"!", "no shouting");
                for _ in 0..2 {
                    poll_fn(|cx| Pin::new(&mut stream).poll_write(cx, &buf))
                        .await
                        .unwrap();
                }
            }
        })
    }
}

fn application() -> Application {
    Application::new().route("/", || Repeats)
}

const ASKS: &str =
    "GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: Repeat\r\n\r\n";

#[test]
fn the_handler_gets_the_stream_and_what_was_sent_before_the_answer() {
    let lines = logged(|| {
        run(async || {
            let server = Server::new(application());
            let (mut peer, served) = Peer::of(&server);
            peer.send(format!("{ASKS}early")).await;
            let head = peer.until("\r\n\r\n").await;
            assert!(
                head.starts_with("HTTP/1.1 101 Switching Protocols\r\n"),
                "{head}"
            );
            assert!(head.contains("upgrade: repeat\r\n") && head.contains("x-mine: 1\r\n"));
            assert!(!head.contains("content-length") && !head.contains("transfer-encoding"));
            peer.until("eeaarrllyy").await;
            // The time-outs of HTTP do not hold any more.
            sleep(Duration::from_secs(3600)).await;
            peer.send("late").await;
            peer.until("llaattee").await;
            peer.close().await;
            served.await.unwrap();
        });
    });
    assert_eq!(lines, ["INFO 101 GET / (127.0.0.1) 0.00ms"]);
}

#[test]
fn without_the_headers_for_it_it_is_400() {
    for headers in [
        "X: y",
        "Upgrade: repeat",
        "Connection: upgrade",
        "Connection: upgrade\r\nUpgrade: h2c",
    ] {
        assert_eq!(
            ask(application(), &format!("GET / HTTP/1.1\r\n{headers}")).status,
            400
        );
    }
    let old = "GET / HTTP/1.0\r\nConnection: upgrade\r\nUpgrade: repeat";
    assert_eq!(ask(application(), old).status, 400);
}

#[test]
fn a_panic_after_it_is_logged_and_ends_the_connection_alone() {
    let lines = logged(|| {
        run(async || {
            let server = Server::new(application());
            let (mut other, _) = Peer::of(&server);
            let (mut peer, served) = Peer::of(&server);
            for peer in [&mut peer, &mut other] {
                peer.send(ASKS).await;
                peer.until("\r\n\r\n").await;
            }
            peer.send("!").await;
            assert_eq!(peer.rest().await, "");
            served.await.unwrap();
            other.send("x").await;
            other.until("xx").await;
        });
    });
    assert!(
        lines[2].contains("Uncaught panic GET / (127.0.0.1): "),
        "{lines:?}"
    );
    assert!(lines[2].contains("no shouting"), "{lines:?}");
}

#[test]
fn shutdown_cuts_it_off_when_its_time_is_over() {
    run(async || {
        let server = Server::new(application());
        let (mut peer, _) = Peer::of(&server);
        peer.send(ASKS).await;
        peer.until("\r\n\r\n").await;
        let begin = IoLoop::current().time();
        server.shutdown(Duration::from_secs(5)).await;
        assert_eq!((IoLoop::current().time() - begin).as_secs(), 5);
        assert_eq!(peer.rest().await, "");
    });
}
