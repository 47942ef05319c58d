//! A client opens a WebSocket: what it asks for, and what it takes for an answer.

mod accepts;
mod wire;

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use ioloop::IoLoop;
use web::{AsyncHttpClient, ClientOptions, FetchError, HttpRequest, Phase};

use accepts::{accepts, against};
use wire::{Peer, run};

fn refused<F>(request: impl Into<HttpRequest>, server: F) -> FetchError
where
    F: AsyncFn(&mut Peer) + Clone + 'static,
{
    run(async || against(server).websocket(request).await.unwrap_err())
}

fn refused_when(answer: impl Fn(&str) -> String + Clone + 'static) -> FetchError {
    refused("ws://a/", async move |peer| {
        let head = peer.until("\r\n\r\n").await;
        peer.send(answer(&head)).await;
    })
}

#[test]
fn j20_the_request_is_one_that_a_server_takes() {
    run(async || {
        let head = Rc::new(Cell::new(String::new()));
        let heads = head.clone();
        let client = against(async move |peer| {
            let head = peer.until("\r\n\r\n").await;
            let protocol = "Sec-WebSocket-Protocol: b\r\n\r\n";
            peer.send(accepts(&head) + protocol).await;
            heads.set(head);
        });
        let request = HttpRequest::new("WS://user.example:81/path?query")
            .header("Cookie", "id=1")
            .and_then(|request| request.header("Sec-WebSocket-Protocol", "a, b"))
            .and_then(|request| request.header("Sec-WebSocket-Extensions", "x"))
            .and_then(|request| request.header("Sec-WebSocket-Key", "mine"))
            .and_then(|request| request.header("Connection", "close"))
            .unwrap();
        let connection = client.websocket(request).await.unwrap();
        assert_eq!(connection.subprotocol(), Some("b"));
        let head = head.take();
        assert!(head.starts_with("GET /path?query HTTP/1.1\r\n"), "{head}");
        for line in [
            "host: user.example:81\r\n",
            "upgrade: websocket\r\n",
            "connection: Upgrade\r\n",
            "sec-websocket-version: 13\r\n",
            "sec-websocket-protocol: a, b\r\n",
            "cookie: id=1\r\n",
        ] {
            assert_eq!(head.matches(line).count(), 1, "{line} in {head}");
        }
        assert!(
            !head.contains("extensions") && !head.contains("mine"),
            "{head}"
        );
    });
}

/// J20: whatever is not the right answer is an error.
#[test]
fn j20_a_server_that_does_not_accept_is_an_error() {
    for (from, to) in [
        ("websocket\r\n", "websockets\r\n"),
        ("Upgrade: websocket\r\n", ""),
        ("Connection: Upgrade\r\n", "Connection: keep-alive\r\n"),
        ("Accept: ", "Accept: x"),
        ("Accept: ", "Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nX: "),
        ("Sec-WebSocket-Accept", "X"),
        (
            "Sec-WebSocket-Accept",
            "Sec-WebSocket-Accept: x\r\nSec-WebSocket-Accept",
        ),
        (
            "Connection",
            "Sec-WebSocket-Extensions: permessage-deflate\r\nConnection",
        ),
        ("Connection", "Sec-WebSocket-Protocol: a\r\nConnection"),
        ("Connection", "Sec-WebSocket-Protocol:\r\nConnection"),
    ] {
        let error = refused_when(move |head| accepts(head).replacen(from, to, 1) + "\r\n");
        assert!(
            matches!(error, FetchError::Malformed(_)),
            "{from} {to}: {error}"
        );
        assert_eq!(error.code(), 599);
    }
    // Of those that are offered it takes one, as it was written.
    for chosen in ["c", "A", "a, b", "a\r\nSec-WebSocket-Protocol: b"] {
        let request = HttpRequest::new("ws://a/").header("Sec-WebSocket-Protocol", "a,b");
        let error = refused(request.unwrap(), async move |peer| {
            let head = peer.until("\r\n\r\n").await;
            let chosen = format!("Sec-WebSocket-Protocol: {chosen}\r\n\r\n");
            peer.send(accepts(&head) + &chosen).await;
        });
        assert!(
            matches!(error, FetchError::Malformed(_)),
            "{chosen}: {error}"
        );
    }
    // It need not take one.
    run(async || {
        let request = HttpRequest::new("ws://a/").header("Sec-WebSocket-Protocol", "a,b");
        let client = against(async |peer| peer.accept("").await);
        let connection = client.websocket(request.unwrap()).await.unwrap();
        assert_eq!(connection.subprotocol(), None);
    });
}

#[test]
fn j20_another_status_is_an_error_with_its_response() {
    for (status, headers) in [
        (200, ""),
        (403, ""),
        (404, ""),
        (500, ""),
        (301, "Location: ws://b/\r\n"),
        (307, "Location: http://b/\r\n"),
        (200, "Connection: close\r\n"),
    ] {
        let error = refused_when(move |_| {
            format!("HTTP/1.1 {status} X\r\n{headers}Content-Length: 4\r\n\r\nbody")
        });
        assert_eq!(error.code(), status, "{error}");
        assert_eq!(error.response().unwrap().body(), "body");
    }
    let error = refused_when(|_| "nonsense\r\n\r\n".into());
    assert!(matches!(error, FetchError::Malformed(_)), "{error}");
}

#[test]
fn j20_an_address_that_is_no_websockets_is_not_even_tried() {
    for url in [
        "http://a/",
        "https://a/",
        "ftp://a/",
        "a",
        "//a/",
        "ws:",
        "ws://",
        "ws://u:p@a/",
    ] {
        let error = refused(url, async |_| panic!("it was tried"));
        assert!(matches!(error, FetchError::Invalid(_)), "{url}: {error}");
    }
    let post = HttpRequest::new("ws://a/")
        .method(web::Method::POST)
        .body("");
    let error = refused(post, async |_| panic!("it was tried"));
    assert!(matches!(error, FetchError::Invalid(_)), "{error}");
}

/// The limits are those of the request, as with other fetches.
#[test]
fn j20_opening_has_its_time_and_its_size() {
    let took = |request: HttpRequest, client: AsyncHttpClient| {
        run(async || {
            let begin = IoLoop::current().time();
            let error = client.websocket(request).await.unwrap_err();
            let seconds = (IoLoop::current().time() - begin).as_secs();
            match error {
                FetchError::TimedOut(phase) => (phase, seconds),
                error => panic!("{error}"),
            }
        })
    };
    let request = || HttpRequest::new("ws://a/");
    let s = Duration::from_secs;
    let silent = || against(async |_| ());
    assert_eq!(took(request(), silent()), (Phase::FirstByte, 20));
    let first = request().first_byte_timeout(s(3));
    assert_eq!(took(first, silent()), (Phase::FirstByte, 3));
    assert_eq!(
        took(request().request_timeout(s(4)), silent()),
        (Phase::FirstByte, 4)
    );
    let nowhere = || {
        let never = |_| std::future::pending::<std::io::Result<wire::End>>();
        AsyncHttpClient::connecting_by(ClientOptions::default(), never)
    };
    assert_eq!(
        took(request().connect_timeout(s(5)), nowhere()),
        (Phase::Connecting, 5)
    );
    assert_eq!(
        took(request().request_timeout(s(6)), nowhere()),
        (Phase::Connecting, 6)
    );
    let endless = against(async |peer| {
        peer.until("\r\n\r\n").await;
        peer.send("HTTP/1.1 403 X\r\nContent-Length: 9\r\n\r\n")
            .await;
    });
    assert_eq!(took(request(), endless), (Phase::Request, 20));

    let error = refused(request().max_body(3), async |peer| {
        peer.until("\r\n\r\n").await;
        peer.send("HTTP/1.1 403 X\r\nContent-Length: 4\r\n\r\nbody")
            .await;
    });
    assert!(matches!(error, FetchError::TooLarge), "{error}");
}
