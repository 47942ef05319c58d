//! The lift: an answer is whole, however it is cut, whatever is in it; and what is too long is refused in time.

use std::time::Duration;

use executor::block_on;
use ioloop::timeout;
use iostream::{Cause, IoStream};
use lesson_10_streams::{Malformed, Response, fetch};

#[path = "../../../crates/iostream/tests/wire/mod.rs"]
mod wire;

use wire::{Wire, turns, wire};

/// What `fetch` says to `answer`, cut into pieces of `length`; and the peer's end.
async fn fetched(answer: &[u8], length: usize) -> (Result<Response, String>, Wire) {
    let (end, peer) = wire();
    answer.chunks(length).for_each(|piece| peer.send(piece));
    peer.end();
    let response = fetch(&IoStream::new(end)).await;
    (response.map_err(|error| error.to_string()), peer)
}

/// Lesson 8's reply is one line. This one has line ends in it, and bytes that are no text.
#[test]
fn a_body_is_any_bytes() {
    let body = b"one\r\n\r\ntwo\0\xff\n";
    let chunked = [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7\r\n",
        &body[..7],
        b"\r\n6\r\n",
        &body[7..],
        b"\r\n0\r\n\r\n",
    ]
    .concat();
    let counted = [b"HTTP/1.0 200 OK\r\ncontent-length:13\r\n\r\n", &body[..]].concat();
    let closed = [b"HTTP/1.0 200 OK\r\n\r\n", &body[..]].concat();
    for answer in [chunked, counted, closed] {
        for length in 1..=answer.len() {
            let (response, _) = block_on(fetched(&answer, length));
            let expected = Response {
                status: 200,
                body: body.to_vec(),
            };
            assert_eq!(response, Ok(expected), "in pieces of {length}");
        }
    }
}

/// Cut off anywhere, an answer that says how long it is is not taken for a shorter one.
#[test]
fn an_answer_that_is_cut_off_is_an_error() {
    for answer in [
        &b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nio result"[..],
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nio result\r\n0\r\n\r\n",
    ] {
        for length in 0..answer.len() {
            let (response, _) = block_on(fetched(&answer[..length], 1000));
            assert_eq!(
                response,
                Err("the stream is closed".to_owned()),
                "at {length}"
            );
        }
    }
}

/// Lesson 9's flaw: what a read has taken when it is dropped is lost. Here it is in the buffer, wherever the line is cut,
/// for the next read, of whatever kind.
#[test]
fn a_read_that_is_dropped_half_way_loses_nothing() {
    const LINE: &[u8] = b"io result\r\n";
    for cut in 1..LINE.len() {
        ioloop::block_on(async {
            let (end, peer) = wire();
            let stream = IoStream::new(end);
            peer.send(&LINE[..cut]);
            let read = stream.read_until(b"\r\n", 100);
            assert!(timeout(Duration::ZERO, read).await.is_err());
            let read = stream.read_bytes(LINE.len());
            assert!(timeout(Duration::ZERO, read).await.is_err());
            peer.send(&LINE[cut..]);
            let line = stream.read_until(b"\r\n", 100).await.unwrap();
            assert_eq!(line, LINE, "cut at {cut}");
        });
    }
}

/// A head that does not end, a body that is too long: no more is read than shows it.
#[test]
fn what_is_too_long_is_refused_in_time() {
    block_on(async {
        let (end, peer) = wire();
        peer.send(&vec![b'x'; 1 << 20]);
        let error = fetch(&IoStream::new(end)).await.unwrap_err();
        let error = error.downcast::<iostream::Error>().unwrap();
        assert!(matches!(error.cause(), Some(Cause::Unsatisfiable { .. })));
        assert_eq!(peer.unread(), (1 << 20) - (1 << 16));

        for answer in [
            "HTTP/1.1 200 OK\r\nContent-Length: 65537\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n10000\r\n",
        ] {
            let (end, peer) = wire();
            peer.send(answer.as_bytes());
            let error = fetch(&IoStream::new(end)).await.unwrap_err();
            assert_eq!(error.to_string(), "the body is too long");
        }
        let endless = ["HTTP/1.1 200 OK\r\n\r\n", &"x".repeat(100_000)].concat();
        let (response, _) = fetched(endless.as_bytes(), 1000).await;
        assert_eq!(response, Err("the body is too long".to_owned()));
        turns().await;
    });
}

/// Each of these could be read in two ways, by two readers.
#[test]
fn what_is_malformed_is_refused() {
    let ok = "HTTP/1.1 200 OK\r\n";
    for (head, what) in [
        ("HTTP/2 200 OK\r\n".to_owned(), "the status"),
        ("HTTP/1.1 20 OK\r\n".to_owned(), "the status"),
        (format!("{ok}no colon\r\n"), "a header"),
        (
            format!("{ok}Content-Length : 3\r\n"),
            "the name of a header",
        ),
        (format!("{ok} folded: yes\r\n"), "the name of a header"),
        (format!("{ok}Content-Length: +3\r\n"), "the length"),
        (format!("{ok}Content-Length: 3, 3\r\n"), "the length"),
        (
            format!("{ok}Content-Length: 3\r\nContent-Length: 4\r\n"),
            "two lengths",
        ),
        (
            format!("{ok}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n"),
            "the transfer coding",
        ),
        (
            format!("{ok}Transfer-Encoding: gzip\r\n"),
            "the transfer coding",
        ),
    ] {
        block_on(async {
            let (end, peer) = wire();
            peer.send(format!("{head}\r\nabc").as_bytes());
            let error = fetch(&IoStream::new(end)).await.unwrap_err();
            assert!(error.is::<Malformed>(), "{head}: {error}");
            assert_eq!(error.to_string(), format!("malformed: {what}"), "{head}");
        });
    }
}
