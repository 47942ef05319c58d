//! What reads give, row by row.

mod wire;

use std::cell::Cell;
use std::io::ErrorKind;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use executor::{block_on, spawn};
use iostream::{Cause, Error, IoStream, Pattern};
use wire::{turns, wire};

/// Polls once, with a waker that wakes nobody.
fn poll_once<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    pin!(future).poll(&mut Context::from_waker(Waker::noop()))
}

/// G2
#[test]
fn g2_read_bytes_gives_exactly_as_many() {
    block_on(async {
        let (end, peer) = wire();
        let stream = IoStream::new(end);
        peer.send(b"abc");
        peer.send(b"defg");
        assert_eq!(stream.read_bytes(5).await.unwrap(), b"abcde");
        assert_eq!(stream.read_bytes(2).await.unwrap(), b"fg");
    });
}

/// G2: nothing is there at once, also though nothing has come, and of a closed stream.
#[test]
fn g2_nothing_is_there_at_once() {
    block_on(async {
        let (end, _peer) = wire();
        let stream = IoStream::new(end);
        assert_eq!(
            poll_once(&mut stream.read_bytes(0)).map(Result::unwrap),
            Poll::Ready(vec![])
        );
        assert_eq!(stream.read_bytes_partial(0).await.unwrap(), b"");
        assert_eq!(stream.read_until(b"", 0).await.unwrap(), b"");
        stream.close();
        assert_eq!(stream.read_bytes(0).await.unwrap(), b"");
    });
}

/// G3
#[test]
fn g3_a_partial_read_gives_what_is_there_and_never_more_than_asked_for() {
    block_on(async {
        let (end, peer) = wire();
        let stream = IoStream::new(end);
        let mut waits = stream.read_bytes_partial(4);
        assert!(poll_once(&mut waits).is_pending());
        peer.send(b"ab");
        peer.send(b"cdefgh");
        assert_eq!(waits.await.unwrap(), b"ab");
        assert_eq!(stream.read_bytes_partial(4).await.unwrap(), b"cdef");
        assert_eq!(stream.read_bytes_partial(4).await.unwrap(), b"gh");
    });
}

/// G4
#[test]
fn g4_read_until_gives_the_delimiter_too_and_leaves_the_rest() {
    block_on(async {
        let (end, peer) = wire();
        let stream = IoStream::new(end);
        peer.send(b"one\r\ntwo\r\nthr");
        assert_eq!(stream.read_until(b"\r\n", 100).await.unwrap(), b"one\r\n");
        assert_eq!(stream.read_until(b"\r\n", 100).await.unwrap(), b"two\r\n");
        assert_eq!(stream.read_bytes(3).await.unwrap(), b"thr");
    });
}

/// G4, FF02: the limit is for the end of the delimiter, to the byte.
#[test]
fn g4_ff02_a_delimiter_that_ends_past_the_limit_closes_the_stream() {
    for (sent, fits) in [(b"abc\r\n", true), (b"abcd\n", false), (b"abcde", false)] {
        // All in one piece, each byte alone, or the rest never: the same.
        for length in [5, 1] {
            block_on(async {
                let (end, peer) = wire();
                let stream = IoStream::new(end);
                sent.chunks(length).for_each(|piece| peer.send(piece));
                let read = stream.read_until(b"\r\n", 5).await;
                if fits {
                    assert_eq!(read.unwrap(), sent);
                    return;
                }
                let error = read.unwrap_err();
                assert!(
                    matches!(error.cause(), Some(Cause::Unsatisfiable { max_bytes: 5 })),
                    "{error}"
                );
                assert!(stream.closed());
                // It is late to say more, but not to look at what came.
                assert_eq!(stream.read_bytes(5).await.unwrap(), sent);
            });
        }
    }
    block_on(async {
        let (end, peer) = wire();
        let stream = IoStream::new(end);
        peer.send(b"abcd\r\n and much more");
        let error = stream.read_until(b"\r\n", 5).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "the stream is closed: what was read until did not come in 5 bytes"
        );
    });
}

/// G5
#[test]
fn g5_read_until_regex_gives_all_up_to_the_end_of_the_match() {
    let blank_line = Pattern::new(r"\r?\n\r?\n").unwrap();
    block_on(async {
        let (end, peer) = wire();
        let stream = IoStream::new(end);
        peer.send(b"a: b\r\nc: d\r\n\r\nbody\n\nmore");
        let head = stream.read_until_regex(&blank_line, 100).await.unwrap();
        assert_eq!(head, b"a: b\r\nc: d\r\n\r\n");
        let body = stream.read_until_regex(&blank_line, 6).await.unwrap();
        assert_eq!(body, b"body\n\n");
        let error = stream.read_until_regex(&blank_line, 4).await.unwrap_err();
        assert!(matches!(
            error.cause(),
            Some(Cause::Unsatisfiable { max_bytes: 4 })
        ));
    });
}

/// G5: as soon as no match can come, though there is room.
#[test]
fn g5_a_match_that_cannot_come_any_more_closes_the_stream() {
    let greeting = Pattern::new(r"^SSH-2\.0-[^\n]*\n").unwrap();
    block_on(async {
        let (end, peer) = wire();
        let stream = IoStream::new(end);
        peer.send(b"SSH-1");
        let error = stream.read_until_regex(&greeting, 1000).await.unwrap_err();
        assert!(matches!(
            error.cause(),
            Some(Cause::Unsatisfiable { max_bytes: 1000 })
        ));
        assert!(stream.closed());
    });
}

/// G5: wherever the bytes are cut, the match ends at the same place.
#[test]
fn g5_a_match_does_not_depend_on_the_cuts() {
    let cases: [(&str, &[u8], &[u8]); 5] = [
        ("a+", b"xaaay", b"xa"),
        ("", b"abc", b""),
        ("ab|abc", b"xabc", b"xab"),
        ("(?m)^b", b"ab\nb", b"ab\nb"),
        ("(?s-u)\\xff.", b"\xfe\xff\x00\x01", b"\xfe\xff\x00"),
    ];
    for (pattern, sent, expected) in cases {
        let pattern = Pattern::new(pattern).unwrap();
        for length in 1..=sent.len() {
            block_on(async {
                let (end, peer) = wire();
                let stream = IoStream::new(end);
                sent.chunks(length).for_each(|piece| peer.send(piece));
                assert_eq!(
                    stream.read_until_regex(&pattern, 100).await.unwrap(),
                    expected
                );
            });
        }
    }
}

/// G5
#[test]
fn g5_a_pattern_that_asks_for_what_follows_is_refused() {
    for text in ["a$", r"a\z", r"a\b", r"\Ba", "(?m)a$", "("] {
        assert!(Pattern::new(text).is_err(), "{text}");
    }
    let error = Pattern::new(r"x{1000}{1000}").unwrap_err();
    assert!(error.to_string().contains("limit"), "{error}");
}

/// G6
#[test]
fn g6_read_until_close_gives_all_also_what_was_buffered() {
    block_on(async {
        let (end, peer) = wire();
        let stream = IoStream::new(end);
        peer.send(b"one two");
        assert_eq!(stream.read_bytes(4).await.unwrap(), b"one ");
        peer.send(b" three");
        peer.end();
        assert_eq!(stream.read_until_close().await.unwrap(), b"two three");
        assert!(stream.closed() && stream.error().is_none());
        // Nothing is left: that is no error here.
        assert_eq!(stream.read_until_close().await.unwrap(), b"");
    });
}

/// G6: after a close by this side, too.
#[test]
fn g6_after_a_close_it_gives_the_rest() {
    block_on(async {
        let (end, peer) = wire();
        let stream = IoStream::new(end);
        peer.send(b"one two");
        assert_eq!(stream.read_bytes(4).await.unwrap(), b"one ");
        stream.close();
        assert_eq!(stream.read_until_close().await.unwrap(), b"two");
    });
}

/// G6: an error is not an end, and takes no bytes with it.
#[test]
fn g6_what_comes_before_an_error_is_not_taken_for_all() {
    block_on(async {
        let (end, peer) = wire();
        let stream = IoStream::new(end);
        peer.send(b"half");
        peer.fail(ErrorKind::ConnectionReset);
        let error = stream.read_until_close().await.unwrap_err();
        assert_eq!(
            error.cause().unwrap().io_kind(),
            Some(ErrorKind::ConnectionReset)
        );
        assert!(stream.read_until_close().await.is_err());
        assert_eq!(stream.read_bytes_partial(99).await.unwrap(), b"half");
    });
}

/// G7
#[test]
fn g7_a_streaming_read_gives_pieces_as_they_come_and_leaves_the_surplus() {
    block_on(async {
        let (end, peer) = wire();
        let stream = IoStream::new(end);
        let mut pieces = stream.read_bytes_streaming(6);
        peer.send(b"ab");
        assert_eq!(pieces.next().await.unwrap().unwrap(), b"ab");
        assert!(poll_once(&mut pin!(pieces.next())).is_pending());
        peer.send(b"c");
        assert_eq!(pieces.next().await.unwrap().unwrap(), b"c");
        peer.send(b"defgh");
        assert_eq!(pieces.next().await.unwrap().unwrap(), b"def");
        // The read is over with its last byte, not with the call after it.
        assert!(!stream.reading());
        assert_eq!(pieces.next().await.unwrap(), None);
        assert_eq!(stream.read_bytes(2).await.unwrap(), b"gh");

        peer.send(b"x");
        peer.end();
        let mut pieces = stream.read_until_close_streaming();
        assert_eq!(pieces.next().await.unwrap().unwrap(), b"x");
        assert_eq!(pieces.next().await.unwrap(), None);
        assert_eq!(pieces.next().await.unwrap(), None);

        let mut pieces = stream.read_bytes_streaming(1);
        assert!(matches!(pieces.next().await, Err(Error::Closed(None))));
        assert_eq!(pieces.next().await.unwrap(), None);
    });
}

/// G7: more than the buffer holds may go through it.
#[test]
fn g7_a_streaming_read_is_not_bound_by_the_buffer() {
    block_on(async {
        let (end, peer) = wire();
        let stream = IoStream::new(end);
        stream.set_max_buffer_size(10);
        peer.send(&[7; 100]);
        let mut pieces = stream.read_bytes_streaming(100);
        let mut length = 0;
        while let Some(piece) = pieces.next().await.unwrap() {
            assert!(piece.len() <= 10);
            length += piece.len();
        }
        assert_eq!(length, 100);
        drop(stream.read_bytes_streaming(0));
        assert_eq!(stream.read_bytes_streaming(0).next().await.unwrap(), None);
    });
}

/// G8, FF08
#[test]
fn g8_ff08_a_second_read_is_refused_from_the_call_on() {
    block_on(async {
        let (end, peer) = wire();
        let stream = IoStream::new(end);
        let first = stream.read_bytes(2);
        assert!(stream.reading());
        assert!(matches!(
            stream.read_bytes(2).await,
            Err(Error::AlreadyReading)
        ));
        assert!(matches!(
            stream.read_until_close().await,
            Err(Error::AlreadyReading)
        ));
        let mut streaming = stream.read_bytes_streaming(1);
        assert!(matches!(streaming.next().await, Err(Error::AlreadyReading)));
        assert_eq!(streaming.next().await.unwrap(), None);
        // Refused reads leave the first one its right.
        peer.send(b"ab");
        assert_eq!(first.await.unwrap(), b"ab");
        assert!(!stream.reading());
    });
}

/// G9
#[test]
fn g9_what_is_buffered_when_the_peer_closes_can_be_read() {
    block_on(async {
        let (end, peer) = wire();
        let stream = IoStream::new(end);
        let closed = Rc::new(Cell::new(0));
        let count = closed.clone();
        peer.send(b"one");
        peer.send(b"two\nlate");
        peer.end();
        let mut read = stream.read_bytes(100);
        assert!(matches!(
            poll_once(&mut read),
            Poll::Ready(Err(Error::Closed(None)))
        ));
        stream.set_close_callback(move || count.set(count.get() + 1));
        turns().await;
        assert!(stream.closed() && closed.get() == 1);
        assert_eq!(stream.read_bytes(3).await.unwrap(), b"one");
        assert_eq!(stream.read_until(b"\n", 10).await.unwrap(), b"two\n");
        assert_eq!(stream.read_bytes_partial(10).await.unwrap(), b"late");
        let error = stream.read_bytes(1).await.unwrap_err();
        assert!(matches!(error, Error::Closed(None)) && stream.error().is_none());
    });
}

/// G10
#[test]
fn g10_a_pending_read_and_the_close_callback_when_the_peer_closes() {
    block_on(async {
        let (end, peer) = wire();
        let stream = IoStream::new(end);
        let closed = Rc::new(Cell::new(0));
        let count = closed.clone();
        stream.set_close_callback(move || count.set(count.get() + 1));
        let read = spawn(stream.read_bytes(1));
        turns().await;
        drop(peer);
        assert!(matches!(read.await.unwrap(), Err(Error::Closed(None))));
        turns().await;
        assert_eq!(closed.get(), 1);
        stream.close();
        turns().await;
        assert_eq!(closed.get(), 1);
    });
}

/// G10: nobody reads, and it is noticed all the same; what was sent before can be read.
#[test]
fn g10_with_a_close_callback_the_close_is_noticed_without_a_read() {
    block_on(async {
        let (end, peer) = wire();
        let stream = IoStream::new(end);
        let closed = Rc::new(Cell::new(false));
        let note = closed.clone();
        stream.set_close_callback(move || note.set(true));
        turns().await;
        // A read begins and is given up: then it is watched again.
        let mut read = stream.read_bytes(1);
        assert!(poll_once(&mut read).is_pending());
        drop(read);
        turns().await;
        drop(peer);
        turns().await;
        assert!(closed.get() && stream.closed());
    });
}
