//! Routes, and how a reply comes about.

mod does;
mod wire;

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use ioloop::{IoLoop, sleep};
use web::{Application, Reply, Request, Server, StatusCode};

use does::{Does, with};
use wire::{Peer, ask, run};

/// Writes its own name.
fn says(application: Application, pattern: &str, text: &'static str) -> Application {
    application.route(pattern, move || {
        Does(async move |_: &mut Request, reply: &mut Reply| {
            reply.write(text);
            Ok(())
        })
    })
}

fn three() -> Application {
    let one = says(Application::new(), "/a", "first");
    let two = says(one, "/[ab]", "second");
    says(two, "/(?:b|c.*)", "third")
}

#[test]
fn i1_the_first_pattern_that_matches_the_whole_path_has_the_request() {
    let body = |path: &str| ask(three(), &format!("GET {path} HTTP/1.1")).body;
    assert_eq!(body("/a"), "first");
    assert_eq!(body("/b"), "second");
    assert_eq!(body("/cd/e?a=b"), "third");
}

#[test]
fn i1_no_pattern_matches_and_it_is_404() {
    for path in ["/", "/ab", "/a/", "/x/a"] {
        let answer = ask(three(), &format!("GET {path} HTTP/1.1"));
        assert_eq!(answer.status, 404, "{path}");
        assert_eq!(
            answer.body,
            "<html><title>404 Not Found</title><body>404 Not Found</body></html>"
        );
    }
}

#[test]
fn i1_the_groups_of_the_pattern_are_arguments_decoded() {
    let application = || {
        with(r"/([^/]+)/(?<year>\d+)(x)?", async |request, reply| {
            let [name, year, x] = request.path_arguments() else {
                panic!("three groups");
            };
            assert_eq!(request.path_argument(1), request.path_argument("year"));
            reply.write(format!("{name:?} {year:?} {x:?}"));
            Ok(())
        })
    };
    let answer = ask(application(), "GET /G%C3%BCnter%2F/1999 HTTP/1.1");
    assert_eq!(answer.body, r#"Some("Günter/") Some("1999") None"#);
    let answer = ask(application(), "GET /%FF/1999 HTTP/1.1");
    assert_eq!(answer.status, 400);
}

#[test]
fn i2_what_is_written_is_collected_and_sent_with_its_length_when_the_method_is_over() {
    let application = with("/", async |_, reply| {
        reply.write("a");
        sleep(Duration::from_secs(1)).await;
        reply.write("b");
        reply.set_status(StatusCode::CREATED);
        Ok(())
    });
    let answer = ask(application, "GET / HTTP/1.1");
    assert_eq!((answer.status, &*answer.body), (201, "ab"));
    assert_eq!(answer.header("content-length"), Some("2"));
    assert_eq!(
        answer.header("content-type"),
        Some("text/html; charset=UTF-8")
    );
}

#[test]
fn i2_a_method_that_is_not_there_is_405() {
    for method in ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"] {
        let answer = ask(three(), &format!("{method} /a HTTP/1.1"));
        assert_eq!(answer.status, 405, "{method}");
    }
    let answer = ask(three(), "PUT /a HTTP/1.1");
    assert_eq!(answer.header("allow"), Some("GET, HEAD, POST"));
}

#[test]
fn i2_a_map_is_written_as_json() {
    let application = with("/", async |_, reply| {
        reply.write_json(&std::collections::BTreeMap::from([("ret", 1), ("x", 2)]))?;
        Ok(())
    });
    let answer = ask(application, "GET / HTTP/1.1");
    assert_eq!(answer.body, r#"{"ret":1,"x":2}"#);
    assert_eq!(
        answer.header("content-type"),
        Some("application/json; charset=UTF-8")
    );
}

#[test]
fn i2_finish_sends_before_the_method_is_over_and_the_method_goes_on() {
    let went_on = Rc::new(RefCell::new(false));
    let inside = went_on.clone();
    let application = with("/", async move |_, reply| {
        reply.write("done");
        reply.finish();
        sleep(Duration::from_secs(60)).await;
        *inside.borrow_mut() = true;
        Ok(())
    });
    run(async || {
        let server = Server::new(application);
        let (mut peer, _) = Peer::of(&server);
        let begin = IoLoop::current().time();
        peer.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
        assert_eq!(peer.answer().await.body, "done");
        assert_eq!(IoLoop::current().time(), begin);
        assert!(!*went_on.borrow());
        sleep(Duration::from_secs(61)).await;
        assert!(*went_on.borrow());
    });
}

#[test]
fn i2_what_is_flushed_comes_in_pieces() {
    let application = with("/", async |_, reply| {
        for piece in ["one", "two"] {
            reply.write(piece);
            reply.flush().await?;
            sleep(Duration::from_secs(1)).await;
        }
        reply.write("end");
        Ok(())
    });
    run(async || {
        let server = Server::new(application);
        let (mut peer, _) = Peer::of(&server);
        let begin = IoLoop::current().time();
        let since = || (IoLoop::current().time() - begin).as_secs();
        peer.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            .await;
        let head = peer.until("\r\n\r\n").await;
        assert!(head.contains("transfer-encoding: chunked"), "{head}");
        peer.until("3\r\none\r\n").await;
        assert_eq!(since(), 0);
        peer.until("3\r\ntwo\r\n").await;
        assert_eq!(since(), 1);
        assert_eq!(peer.rest().await, "3\r\nend\r\n0\r\n\r\n");
        assert_eq!(since(), 2);
    });
}

#[test]
fn i10_a_connection_is_kept_or_closed_as_the_client_asks() {
    let closes = |request: &str| {
        run(async || {
            let server = Server::new(three());
            let (mut peer, served) = Peer::of(&server);
            peer.send(request).await;
            let answer = peer.answer().await;
            assert_eq!(answer.body, "first");
            let begin = IoLoop::current().time();
            peer.rest().await;
            drop(peer);
            served.await.unwrap();
            IoLoop::current().time() == begin
        })
    };
    assert!(!closes("GET /a HTTP/1.1\r\nHost: a\r\n\r\n"));
    assert!(closes(
        "GET /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    ));
    assert!(closes("GET /a HTTP/1.0\r\n\r\n"));
    assert!(!closes("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
}

#[test]
fn i10_pipelined_requests_are_answered_in_their_order() {
    let application = with("/(.*)", async |request, reply| {
        let wait = request.path_argument(0).parse()?;
        sleep(Duration::from_secs(wait)).await;
        reply.write(wait.to_string());
        Ok(())
    });
    run(async || {
        let server = Server::new(application);
        let (mut peer, _) = Peer::of(&server);
        let requests = [3, 2, 1].map(|n| format!("GET /{n} HTTP/1.1\r\nHost: a\r\n\r\n"));
        peer.send(requests.concat()).await;
        for n in ["3", "2", "1"] {
            assert_eq!(peer.answer().await.body, n);
        }
    });
}
