//! How long a server bears a client that makes it wait.

mod big;
mod wire;

use std::time::Duration;

use ioloop::{IoLoop, sleep};
use web::{Application, Handler, Reply, Request, Server};

use big::{Big, GET, closed_after};
use wire::{Peer, ask, run};

#[test]
fn fg09_headers_may_take_10_seconds_however_they_drip() {
    assert_eq!(closed_after(async |_| ()), (10, String::new()));
    let (seconds, said) = closed_after(async |peer| {
        for _ in 0..9 {
            peer.send("G").await;
            sleep(Duration::from_secs(1)).await;
        }
    });
    assert_eq!((seconds, &*said), (1, ""));
}

#[test]
fn fg09_the_second_requests_headers_have_10_seconds_from_their_first_byte() {
    let (seconds, said) = closed_after(async |peer| {
        peer.send(GET).await;
        peer.answer().await;
        sleep(Duration::from_secs(14)).await;
        peer.send("G").await;
    });
    assert_eq!((seconds, &*said), (10, ""));
}

#[test]
fn fg09_a_connection_may_be_idle_for_15_seconds_after_each_request() {
    let (seconds, said) = closed_after(async |peer| {
        for _ in 0..5 {
            peer.send(GET).await;
            peer.answer().await;
            sleep(Duration::from_secs(14)).await;
        }
    });
    assert_eq!((seconds, &*said), (1, ""));
}

#[test]
fn fg09_a_body_has_10_seconds_for_each_piece() {
    let (seconds, said) = closed_after(async |peer| {
        peer.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n")
            .await;
        for _ in 0..8 {
            sleep(Duration::from_secs(9)).await;
            peer.send("x").await;
        }
    });
    assert_eq!((seconds, &*said), (10, ""));
}

#[test]
fn fg09_a_handler_may_take_as_long_as_it_likes() {
    struct Slow;
    impl Handler for Slow {
        async fn get(&mut self, _: &mut Request, reply: &mut Reply) -> web::Result {
            sleep(Duration::from_secs(3600)).await;
            reply.write("at last");
            Ok(())
        }
    }
    let answer = ask(Application::new().route("/", || Slow), "GET / HTTP/1.1");
    assert_eq!(answer.body, "at last");
}

#[test]
fn fg10_a_client_that_does_not_read_is_cut_off_after_20_seconds() {
    let big = Big::default();
    run(async || {
        let server = Server::new(big.application());
        let (mut peer, served) = Peer::with_room(&server, 1000);
        let begin = IoLoop::current().time();
        peer.send("GET /1000000 HTTP/1.1\r\nHost: a\r\n\r\n").await;
        served.await.unwrap();
        assert_eq!((IoLoop::current().time() - begin).as_secs(), 20);
        // Nor did it write more than what the connection takes.
        assert_eq!(big.dropped.get(), 1);
        assert!(peer.rest().await.len() <= 1000);
    });
}

#[test]
fn fg10_a_client_that_reads_a_little_is_borne() {
    run(async || {
        let server = Server::new(Big::default().application());
        let (mut peer, _) = Peer::with_room(&server, 1000);
        peer.send("GET /10000 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            .await;
        peer.until("\r\n\r\n").await;
        let mut count = 0;
        while let Some(byte) = peer.byte().await {
            count += usize::from(byte == b'x');
            if byte == b'x' && count % 1000 == 0 {
                sleep(Duration::from_secs(19)).await;
            }
        }
        assert_eq!(count, 10_000);
    });
}

/// FG09: what a handler does after its reply is no concern of the connection's.
#[test]
fn fg09_a_handler_that_reads_on_after_its_reply_does_not_keep_the_connection_from_being_idle() {
    struct ReadsOn;
    impl Handler for ReadsOn {
        const STREAM_BODY: bool = true;

        async fn post(&mut self, request: &mut Request, reply: &mut Reply) -> web::Result {
            reply.finish();
            sleep(Duration::from_secs(1)).await;
            while request.chunk().await?.is_some() {}
            Ok(())
        }
    }
    run(async || {
        let server = Server::new(Application::new().route("/", || ReadsOn));
        let (mut peer, served) = Peer::of(&server);
        let begin = IoLoop::current().time();
        peer.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello")
            .await;
        assert_eq!(peer.answer().await.status, 200);
        peer.rest().await;
        drop(peer);
        served.await.unwrap();
        assert!((IoLoop::current().time() - begin).as_secs() <= 15);
    });
}

/// FG04: else the system would reset the connection, and the client might not see the reply.
#[test]
fn fg04_after_a_refusal_what_is_on_its_way_is_taken_for_2_seconds() {
    run(async || {
        let server = Server::new(Big::default().application());
        let (mut peer, served) = Peer::with_room(&server, 1 << 10);
        peer.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5000000\r\n\r\n")
            .await;
        let answer = peer.answer().await;
        assert_eq!(
            (answer.status, answer.header("connection")),
            (413, Some("close"))
        );
        assert!(peer.try_send("x".repeat(500_000)).await);
        assert_eq!(peer.rest().await, "");
        let begin = IoLoop::current().time();
        served.await.unwrap();
        assert_eq!((IoLoop::current().time() - begin).as_secs(), 2);
        assert!(!peer.try_send("x").await);
    });
}
