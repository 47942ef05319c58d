//! The client: what it makes of servers that are not as they should be.

mod scripts;
mod wire;

use std::cell::Cell;
use std::io::Write as _;
use std::rc::Rc;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use ioloop::{IoLoop, sleep, spawn};
use web::{AsyncHttpClient, ClientOptions, FetchError, HttpRequest, Method, Phase};

use scripts::{OK, Scripts, fetched, fetched_by, never};
use wire::{Peer, run, wire};

/// H9, FH06: connecting, the first byte, and all together have their time.
#[test]
fn fh06_a_server_that_never_connects_answers_or_ends() {
    let timed = |client: AsyncHttpClient| {
        run(async || {
            let begin = IoLoop::current().time();
            let error = client.fetch("http://a/").await.unwrap_err();
            assert_eq!(error.code(), 599);
            let FetchError::TimedOut(phase) = error else {
                panic!("{error}");
            };
            (phase, (IoLoop::current().time() - begin).as_secs())
        })
    };
    let options = ClientOptions {
        connect_timeout: Duration::from_secs(3),
        ..ClientOptions::default()
    };
    let nowhere = |_| std::future::pending::<std::io::Result<wire::End>>();
    let nowhere = AsyncHttpClient::connecting_by(options, nowhere);
    assert_eq!(timed(nowhere), (Phase::Connecting, 3));
    assert_eq!(timed(never()), (Phase::FirstByte, 7));
    let drips = |_| async {
        let (near, far) = wire(1 << 16);
        drop(spawn(async move {
            let mut peer = Peer::new(far);
            peer.until("\r\n\r\n").await;
            peer.send("HTTP/1.1 200 OK\r\n\r\n").await;
            while peer.try_send("x").await {
                sleep(Duration::from_secs(1)).await;
            }
        }));
        Ok(near)
    };
    let drips = AsyncHttpClient::connecting_by(ClientOptions::default(), drips);
    assert_eq!(timed(drips), (Phase::Request, 20));
    // 1xx for ever.
    let waits = Scripts::of(vec![vec![
        "HTTP/1.1 103 Early\r\n\r\n".repeat(100).into(),
        vec![],
    ]]);
    assert_eq!(timed(waits.client()), (Phase::FirstByte, 20));
}

/// FH01: whatever a server says, it is an error, and soon.
#[test]
fn fh01_what_is_not_http_is_an_error() {
    let body = "Content-Length: 2\r\n\r\nok";
    let long = "x".repeat(1 << 20);
    let answers = [
        "".to_owned(),
        "\r\n\r\n".to_owned(),
        "hello\r\n\r\n".to_owned(),
        format!("HTTP/1.1\r\n{body}"),
        format!("HTTP/1.1 \r\n{body}"),
        format!("HTTP/1.1 20\r\n{body}"),
        format!("HTTP/1.1 2000 OK\r\n{body}"),
        format!("HTTP/1.1 abc OK\r\n{body}"),
        format!("HTTP/1.1 -20 OK\r\n{body}"),
        format!("HTTP/1.1 099 OK\r\n{body}"),
        format!("HTTP/2.0 200 OK\r\n{body}"),
        format!("HTTP/1.2 200 OK\r\n{body}"),
        format!("HTTP 200 OK\r\n{body}"),
        format!("HTPP/1.1 200 OK\r\n{body}"),
        format!("http/1.1 200 OK\r\n{body}"),
        format!(" HTTP/1.1 200 OK\r\n{body}"),
        format!("HTTP/1.1 200 O\0K\r\n{body}"),
        format!("HTTP/1.1 200 O\rK\r\n{body}"),
        format!("HTTP/1.1 200 OK\r\nX\r\n{body}"),
        format!("HTTP/1.1 200 OK\r\nX : y\r\n{body}"),
        format!("HTTP/1.1 200 OK\r\n: y\r\n{body}"),
        format!("HTTP/1.1 200 OK\r\nX: y\r\n z\r\n{body}"),
        format!("HTTP/1.1 200 OK\r\nX: a\0b\r\n{body}"),
        format!("HTTP/1.1 200 OK\r\nX: a\rb\r\n{body}"),
        format!("HTTP/1.1 200 OK\r\nX Y: a\r\n{body}"),
        format!("HTTP/1.1 200 OK\r\n(: a\r\n{body}"),
        format!("HTTP/1.1 200 OK\r\nX: {long}\r\n{body}"),
        format!("HTTP/1.1 200 {long}\r\n{body}"),
        format!("HTTP/1.1 200 OK\r\n{}{body}", "X: y\r\n".repeat(200)),
        format!("HTTP/1.1 200 OK\r\n{}", "X: y\r\n".repeat(1_000_000)),
        "HTTP/1.1 200 OK\r\nContent-Length: 2".to_owned(),
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n".to_owned(),
        "HTTP/1.1 100 Continue\r\n\r\n".to_owned(),
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n".to_owned(),
        "\x16\x03\x01\x02\x00\x01\x00\x01\x7c\x03\x03".to_owned(),
        "SSH-2.0-OpenSSH_9.2\r\n".to_owned(),
    ];
    for answer in answers {
        let short: String = answer.chars().take(60).collect();
        let error = fetched(&answer).expect_err(&short);
        assert_eq!(error.code(), 599, "{short:?}: {error}");
        assert!(
            !matches!(error, FetchError::TimedOut(_)),
            "{short:?}: {error}"
        );
    }
    assert!(matches!(
        fetched(format!("HTTP/1.1 200 OK\r\nX: {long}\r\n{body}")),
        Err(FetchError::TooLarge)
    ));
}

#[test]
fn h12_a_response_without_a_body_has_none() {
    let text = |say: &str| fetched(say).unwrap().text().unwrap().to_owned();
    assert_eq!(text("HTTP/1.1 204 No Content\r\n\r\n"), "");
    let head = HttpRequest::new("http://a/").method(Method::HEAD);
    let response = fetched_by("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", head).unwrap();
    assert_eq!(
        (response.text(), response.header("content-length")),
        (Ok(""), Some("5"))
    );
    assert_eq!(
        text("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
        "ok"
    );
    // Until the connection is closed.
    assert_eq!(
        text("HTTP/1.1 200 OK\r\n\r\nuntil the end"),
        "until the end"
    );
    assert_eq!(
        text("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"),
        "abc"
    );
}

/// FH02.
#[test]
fn fh02_a_body_that_is_not_as_long_as_it_says_is_an_error() {
    let short = fetched("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc").unwrap_err();
    assert!(matches!(short, FetchError::Closed), "{short}");
    // What comes behind is not the body's, nor the next response's.
    let scripts = Scripts::new(&[
        &[
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil",
        ],
        &[OK],
    ]);
    run(async || {
        let client = scripts.client();
        for _ in 0..2 {
            assert_eq!(client.fetch("http://a/").await.unwrap().text(), Ok("ok"));
        }
    });
    let chunked = [
        "2\r\nab\r\n",
        "2\r\nab\r\n0\r\n",
        "2\r\nabc\r\n0\r\n\r\n",
        "x\r\nab\r\n0\r\n\r\n",
        "-2\r\nab\r\n0\r\n\r\n",
        "10000000000000000\r\nab\r\n0\r\n\r\n",
        "2\nab\n0\n\n",
    ];
    for body in chunked {
        let say = format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{body}");
        assert_eq!(fetched(&say).expect_err(body).code(), 599);
    }
    for length in ["+2", "-2", "2, 3", "x", "18446744073709551616"] {
        let say = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\nok");
        assert_eq!(fetched(&say).expect_err(length).code(), 599);
    }
    let differ = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok";
    assert_eq!(fetched(differ).unwrap_err().code(), 599);
}

/// FH02. hyper's choice: with both a length and chunks it goes by the chunks, which RFC 9112 allows.
#[test]
fn fh02_with_both_a_length_and_chunks_the_chunks_count() {
    let both = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n";
    assert_eq!(fetched(both).unwrap().text(), Ok("ab"));
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn gzipped(body: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

#[test]
fn h12_a_compressed_body_is_decompressed_and_one_that_is_cut_is_an_error() {
    let body = gzip(b"hello");
    let response = fetched(gzipped(&body)).unwrap();
    assert_eq!(response.text(), Ok("hello"));
    assert_eq!(
        (
            response.header("content-encoding"),
            response.header("content-length")
        ),
        (None, None)
    );
    assert_eq!(
        fetched(gzipped(&[body.clone(), body.clone()].concat()))
            .unwrap()
            .text(),
        Ok("hellohello")
    );
    for end in 1..body.len() {
        let error = fetched(gzipped(&body[..end])).unwrap_err();
        assert!(matches!(error, FetchError::Malformed(_)), "{end}: {error}");
    }
    let mut wrong = body;
    wrong[12] ^= 0xff;
    assert!(matches!(
        fetched(gzipped(&wrong)),
        Err(FetchError::Malformed(_))
    ));
}

/// FH03, H11: the limit is for what comes out.
#[test]
fn fh03_a_body_is_limited_after_it_is_decompressed() {
    let small = HttpRequest::new("http://a/").max_body(1000);
    let with = |say: Vec<u8>| fetched_by(say, small.clone()).map(|response| response.body().len());
    assert_eq!(with(gzipped(&gzip(&[b'x'; 1000]))).unwrap(), 1000);
    let bomb = gzip(&vec![0; 2 << 20]);
    for body in [gzip(&[b'x'; 1001]), bomb[..900].to_vec()] {
        assert!(matches!(with(gzipped(&body)), Err(FetchError::TooLarge)));
    }
    let plain =
        |length: usize| format!("HTTP/1.1 200 OK\r\n\r\n{}", "x".repeat(length)).into_bytes();
    assert_eq!(with(plain(1000)).unwrap(), 1000);
    assert!(matches!(with(plain(1001)), Err(FetchError::TooLarge)));
    let promised = b"HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n".to_vec();
    assert!(matches!(with(promised), Err(FetchError::TooLarge)));
    // Without end.
    assert!(matches!(with(plain(10 << 20)), Err(FetchError::TooLarge)));
}

#[test]
fn fh07_a_connection_is_used_again_and_if_it_was_closed_a_get_is_tried_on_a_new_one() {
    let scripts = Scripts::new(&[&[OK, OK], &[OK]]);
    run(async || {
        let client = scripts.client();
        for _ in 0..3 {
            assert_eq!(client.fetch("http://a/").await.unwrap().text(), Ok("ok"));
        }
    });
    assert_eq!(scripts.heads().len(), 3);
}

/// A server that closes when the second request has come: nobody knows whether it was served.
#[test]
fn fh07_a_get_is_tried_again_and_a_post_is_not() {
    let tried = |method: Method| {
        let scripts = Scripts::new(&[&[OK, ""], &[OK]]);
        let again = run(async || {
            let client = scripts.client();
            client.fetch("http://a/").await.unwrap();
            let mut request = HttpRequest::new("http://a/").method(method.clone());
            if method == Method::POST {
                request = request.body("x");
            }
            client.fetch(request).await
        });
        (again.is_ok(), scripts.heads().len())
    };
    assert_eq!(tried(Method::GET), (true, 3));
    assert_eq!(tried(Method::POST), (false, 2));
}

#[test]
fn fh07_on_a_new_connection_nothing_is_tried_again() {
    let scripts = Scripts::new(&[&[""], &[OK]]);
    let error = run(async || scripts.client().fetch("http://a/").await.unwrap_err());
    assert_eq!(error.to_string(), "Stream closed");
    assert_eq!(scripts.heads().len(), 1);
}

#[test]
fn fh07_a_connection_that_is_not_used_is_closed_after_10_seconds() {
    let closed = Rc::new(Cell::new(false));
    let told = closed.clone();
    let client = AsyncHttpClient::connecting_by(ClientOptions::default(), move |_| {
        let closed = told.clone();
        async move {
            let (near, far) = wire(1 << 16);
            drop(spawn(async move {
                let mut peer = Peer::new(far);
                peer.until("\r\n\r\n").await;
                peer.send(OK).await;
                peer.rest().await;
                closed.set(true);
            }));
            Ok(near)
        }
    });
    run(async || {
        client.fetch("http://a/").await.unwrap();
        sleep(Duration::from_secs(9)).await;
        assert!(!closed.get());
        sleep(Duration::from_secs(2)).await;
        assert!(closed.get());
        assert_eq!(IoLoop::current().tasks(), 0);
    });
}
