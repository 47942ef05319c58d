//! The lift: what lesson 10's client could not do. It gives up on a server that says nothing, follows a redirect, and uses
//! a connection twice; and its site's place is taken by a server that bears strangers.

use std::time::Duration;

use ioloop::IoLoop;
use lesson_01_blocking::request_b;
use lesson_11_http::{Quick, application};
use web::{Application, FetchError, HttpRequest, Phase, Server};

#[path = "../../../crates/web/tests/scripts/mod.rs"]
mod scripts;
#[path = "../../../crates/web/tests/wire/mod.rs"]
mod wire;

use scripts::{OK, Scripts};
use wire::{Peer, run};

/// Lesson 10's flaw, to the byte: half a head, and then nothing. There it held A for ever.
#[test]
fn a_server_that_says_nothing_more_is_given_up() {
    for (says, phase) in [
        ("", Phase::FirstByte),
        ("HTTP/1.1 200 OK\r\nContent-Le", Phase::FirstByte),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nio",
            Phase::Request,
        ),
    ] {
        run(async || {
            // All but the last request of a script are waited for, so that the connection stays open.
            let scripts = Scripts::new(&[&[says, ""]]);
            let begin = IoLoop::current().time();
            let error = scripts.client().fetch("http://service/").await.unwrap_err();
            let FetchError::TimedOut(when) = error else {
                panic!("{says:?}: {error}");
            };
            assert_eq!(when, phase, "{says:?}");
            let took = IoLoop::current().time() - begin;
            assert_eq!(took, Duration::from_secs(20), "{says:?}");
        });
    }
}

/// And as long as one likes.
#[test]
fn h9_a_request_may_say_how_long() {
    run(async || {
        let scripts = Scripts::new(&[&["", ""]]);
        let begin = IoLoop::current().time();
        let request = HttpRequest::new("http://service/").request_timeout(Duration::from_secs(3));
        let error = scripts.client().fetch(request).await.unwrap_err();
        assert!(matches!(error, FetchError::TimedOut(_)), "{error}");
        let took = IoLoop::current().time() - begin;
        assert_eq!(took, Duration::from_secs(3));
    });
}

/// "It is over there now": the client goes there.
#[test]
fn h10_a_redirect_is_followed() {
    let there = "HTTP/1.1 301 Moved Permanently\r\nLocation: /new\r\nContent-Length: 0\r\n\r\n";
    let scripts = Scripts::new(&[&[there, OK]]);
    let response = run(async || scripts.client().fetch("http://service/").await.unwrap());
    assert_eq!(response.effective_url().path(), "/new");
    assert_eq!(response.text(), Ok("ok"));
    let lines: Vec<_> = scripts
        .heads()
        .iter()
        .map(|head| head.lines().nth(1).unwrap().to_owned())
        .collect();
    assert_eq!(lines, ["GET / HTTP/1.1", "GET /new HTTP/1.1"]);
}

/// One script is one connection; there is no second one.
#[test]
fn a_connection_is_used_twice() {
    let scripts = Scripts::new(&[&[OK, OK]]);
    run(async || {
        let client = scripts.client();
        for _ in 0..2 {
            let response = client.fetch("http://service/").await.unwrap();
            assert_eq!(response.text(), Ok("ok"));
        }
    });
    assert_eq!(scripts.heads().len(), 2);
}

/// Lesson 10's site waits for the blank line for as long as its client likes.
#[test]
fn a_client_that_says_half_a_head_is_given_up() {
    run(async || {
        let server = Server::new(application(Scripts::default().client(), "http://service/"));
        let (mut peer, served) = Peer::of(&server);
        let begin = IoLoop::current().time();
        peer.send("GET /B HTT").await;
        assert_eq!(peer.rest().await, "");
        let took = IoLoop::current().time() - begin;
        assert_eq!(took, Duration::from_secs(10));
        served.await.unwrap();
    });
}

/// Lesson 10's site knows one answer, and closes the connection after it.
#[test]
fn a_server_knows_its_paths_and_many_requests_come_on_a_connection() {
    run(async || {
        let server = Server::new(Application::new().route("/B", || Quick(request_b)));
        let (mut peer, served) = Peer::of(&server);
        for (line, status) in [("GET /B", 200), ("GET /D", 404), ("POST /B", 405)] {
            peer.send(format!("{line} HTTP/1.1\r\nHost: localhost\r\n\r\n"))
                .await;
            assert_eq!(peer.answer().await.status, status, "{line}");
        }
        assert!(!served.is_finished());
    });
}
