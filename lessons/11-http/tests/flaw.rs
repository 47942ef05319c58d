//! The flaw: a call that blocks in a handler still stops everybody; and the server cannot speak first.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use ioloop::{IoLoop, sleep, spawn};
use lesson_01_blocking::{long_io, request_b, request_c};
use lesson_11_http::Quick;
use slow_server::{Address, SlowServer};
use timeline::{Story, tell};
use web::{Application, Handler, HttpClient, Reply, Request, Server};

#[path = "../../../crates/web/tests/scripts/mod.rs"]
mod scripts;
#[path = "../../../crates/web/tests/wire/mod.rs"]
mod wire;

use scripts::{OK, Scripts};
use wire::{LOCAL, Peer, run, wire};

/// A handler that asks as lesson 1 does.
struct Blocking(Address);

impl Handler for Blocking {
    async fn get(&mut self, _: &mut Request, reply: &mut Reply) -> web::Result {
        tell("A begins");
        reply.write(long_io(&self.0)?);
        tell("A ends");
        Ok(())
    }
}

/// C20: `async` does not help. The three requests are there; B and C are looked at when A's reply has come.
#[test]
fn c20_a_handler_that_blocks_stops_everybody() {
    let slow = SlowServer::after(Duration::ZERO).unwrap();
    let address = slow.address();
    let recording = Story::new().run(|| {
        run(async || {
            let application = Application::new()
                .route("/A", move || Blocking(address.clone()))
                .route("/B", || Quick(request_b))
                .route("/C", || Quick(request_c));
            let server = Server::new(application);
            let mut peers = Vec::new();
            for name in ["A", "B", "C"] {
                let (mut peer, _) = Peer::of(&server);
                peer.send(format!("GET /{name} HTTP/1.1\r\nHost: localhost\r\n\r\n"))
                    .await;
                peers.push(peer);
            }
            for peer in &mut peers {
                assert_eq!(peer.answer().await.status, 200);
            }
        });
    });
    let expected = [
        "A begins",
        "I/O begins",
        "I/O ends",
        "A ends",
        "B begins",
        "B ends",
        "C begins",
        "C ends",
    ];
    assert_eq!(recording.unwrap().told(), expected);
}

/// C20: our own blocking client sees that a loop runs, and refuses. The panic is a 500, and the server goes on.
#[test]
fn c20_the_blocking_client_does_not_block_a_handler() {
    struct A;

    impl Handler for A {
        async fn get(&mut self, _: &mut Request, reply: &mut Reply) -> web::Result {
            let response = HttpClient::new()?.fetch("http://service/")?;
            reply.write(response.body());
            Ok(())
        }
    }

    for (path, status) in [("A", 500), ("B", 200)] {
        let application = Application::new()
            .route("/A", || A)
            .route("/B", || Quick(request_b));
        let answer = wire::ask(application, &format!("GET /{path} HTTP/1.1"));
        assert_eq!(answer.status, status);
    }
}

/// What others have said, and not yet been asked for.
struct News(Rc<RefCell<Vec<String>>>);

impl Handler for News {
    async fn get(&mut self, _: &mut Request, reply: &mut Reply) -> web::Result {
        reply.write_json(&self.0.take())?;
        Ok(())
    }

    async fn post(&mut self, request: &mut Request, _: &mut Reply) -> web::Result {
        self.0.borrow_mut().push(request.argument("say")?);
        Ok(())
    }
}

async fn hear(peer: &mut Peer) -> String {
    peer.send("GET /news HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .await;
    peer.answer().await.body
}

/// Who wants to know what others say asks every second, mostly for nothing, and hears it late.
#[test]
fn the_server_cannot_speak_first() {
    run(async || {
        let news = Rc::default();
        let route = move || News(Rc::clone(&news));
        let server = Server::new(Application::new().route("/news", route));
        let (mut anna, _) = Peer::of(&server);
        let (near, far) = wire(1 << 16);
        drop(spawn(server.serve(far, LOCAL)));
        let said = spawn(async move {
            sleep(Duration::from_millis(9_300)).await;
            let mut ben = Peer::new(near);
            ben.send(
                "POST /news HTTP/1.1\r\nHost: localhost\r\nContent-Length: 6\r\n\
                 Content-Type: application/x-www-form-urlencoded\r\n\r\nsay=hi",
            )
            .await;
            ben.answer().await;
            IoLoop::current().time()
        });
        let mut asked = 0;
        loop {
            asked += 1;
            if hear(&mut anna).await != "[]" {
                break;
            }
            sleep(Duration::from_secs(1)).await;
        }
        let late = IoLoop::current().time() - said.await.unwrap();
        assert_eq!((asked, late), (11, Duration::from_millis(700)));
    });
    const NOTES: &str = include_str!("../README.md");
    assert!(NOTES.contains("asks eleven times, and hears it 700 ms late"));
}

/// And if it did: what nobody has asked for is no answer to the next request. The client closes, and connects anew.
#[test]
fn what_a_server_says_unasked_is_not_heard() {
    let unasked = format!("{OK}HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnews");
    let scripts = Scripts::new(&[&[&unasked, OK], &[OK]]);
    run(async || {
        let client = scripts.client();
        for _ in 0..2 {
            let response = client.fetch("http://service/").await.unwrap();
            assert_eq!(response.text(), Ok("ok"));
            sleep(Duration::from_millis(1)).await;
        }
    });
    assert_eq!(scripts.heads().len(), 2);
}
