//! What writes do, row by row.

mod wire;

use std::cell::Cell;
use std::io::ErrorKind;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use executor::{block_on, spawn};
use iostream::{Error, IoStream};
use wire::{Fault, turns, wire};

/// Polls once, with a waker that wakes nobody.
fn poll_once<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    pin!(future).poll(&mut Context::from_waker(Waker::noop()))
}

/// G1: what the kernel takes at once needs no wait and no turn of the loop.
#[test]
fn g1_a_write_goes_out_at_the_call() {
    block_on(async {
        let (end, peer) = wire();
        let stream = IoStream::new(end);
        let write = stream.write(b"abc");
        assert_eq!(peer.got(), b"abc");
        assert!(!stream.writing());
        write.await.unwrap();
        // Whatever is a row of bytes.
        let shared: Rc<[u8]> = Rc::from(*b"ghi");
        stream.write("def").await.unwrap();
        stream.write(shared).await.unwrap();
        stream.write(vec![b'j'; 2]).await.unwrap();
        assert_eq!(peer.got(), b"defghijj");
    });
}

/// G1: each future resolves when its own bytes are with the kernel, in the order of the bytes, whoever waits first.
#[test]
fn g1_writes_keep_their_order_and_resolve_each_in_its_turn() {
    block_on(async {
        let (end, peer) = wire();
        let stream = IoStream::new(end);
        peer.room(2);
        let (first, second) = (stream.write(b"abc"), stream.write(b"de"));
        let nothing = stream.write(b"");
        assert!(stream.writing());
        // They are waited for in another order than they were written in.
        let nothing = spawn(nothing);
        let second = spawn(second);
        turns().await;
        let first = spawn(first);
        turns().await;
        assert_eq!(peer.got(), b"ab");
        turns().await;
        // There was room for "cd": the first is out, half of the second is not.
        assert!(first.is_finished());
        assert!(!second.is_finished() && !nothing.is_finished());
        assert_eq!(peer.got(), b"cd");
        turns().await;
        assert!(second.is_finished() && nothing.is_finished());
        for write in [first, second, nothing] {
            write.await.unwrap().unwrap();
        }
        assert_eq!(peer.got(), b"e");
        assert!(!stream.writing());
    });
}

/// G1
#[test]
fn g1_an_empty_write_resolves() {
    block_on(async {
        let (end, peer) = wire();
        let stream = IoStream::new(end);
        stream.write(b"").await.unwrap();
        assert_eq!(peer.calls.count.get(), 0);
        assert_eq!(peer.got(), b"");
    });
}

/// G1: nobody waits for them.
#[test]
fn g1_what_is_queued_goes_out_also_when_its_future_and_all_handles_are_dropped() {
    block_on(async {
        let (end, peer) = wire();
        let calls = end.calls.clone();
        let stream = IoStream::new(end);
        peer.room(2);
        drop(stream.write(b"abcdef"));
        let waited = stream.write(b"gh");
        let mut given_up = Box::pin(waited);
        assert!(poll_once(&mut given_up).is_pending());
        drop(given_up);
        drop(stream);
        let mut all = Vec::new();
        while all.len() < 8 {
            assert!(!calls.dropped.get() || all.len() == 6);
            all.extend(peer.got());
            turns().await;
        }
        assert_eq!(all, b"abcdefgh");
        // Then it is closed.
        turns().await;
        assert!(calls.dropped.get());
    });
}

/// A stream whose last handle is dropped is closed at once if nothing is queued, and its task ends.
#[test]
fn a_dropped_stream_is_closed() {
    let executor = executor::Executor::new();
    executor.block_on(async {
        let (end, _peer) = wire();
        let calls = end.calls.clone();
        let stream = IoStream::new(end);
        let closed = Rc::new(Cell::new(false));
        let note = closed.clone();
        stream.set_close_callback(move || note.set(true));
        let other = stream.clone();
        turns().await;
        drop(stream);
        assert!(!calls.dropped.get());
        drop(other);
        assert!(calls.dropped.get());
        turns().await;
        assert!(closed.get());
    });
    assert_eq!(executor.tasks(), 0);
}

/// G11
#[test]
fn g11_a_write_on_a_closed_stream_is_an_error() {
    block_on(async {
        let (end, peer) = wire();
        let stream = IoStream::new(end);
        stream.close();
        assert!(matches!(stream.write(b"a").await, Err(Error::Closed(None))));
        assert!(matches!(stream.write(b"").await, Err(Error::Closed(None))));
        assert_eq!(peer.got(), b"");
        // A write that was done before the close was done.
        let (end, _peer) = wire();
        let stream = IoStream::new(end);
        let done = stream.write(b"a");
        stream.close();
        done.await.unwrap();
    });
}

/// G13, FF04: what does not fit is refused whole, and the stream stays open.
#[test]
fn g13_ff04_a_write_that_does_not_fit_is_refused_and_the_stream_stays_open() {
    block_on(async {
        let (end, peer) = wire();
        let stream = IoStream::new(end);
        peer.room(0);
        stream.set_max_write_buffer_size(5);
        let mut first = stream.write(b"abc");
        let refused = stream.write(b"def").await.unwrap_err();
        assert!(matches!(
            refused,
            Error::BufferFull {
                max_write_buffer_size: 5
            }
        ));
        assert_eq!(
            refused.to_string(),
            "the write buffer would hold more than 5 bytes"
        );
        let fits = stream.write(b"de");
        stream.write(b"f").await.unwrap_err();
        drop(stream.write(b""));
        assert!(poll_once(&mut first).is_pending() && !stream.closed());
        peer.room(100);
        fits.await.unwrap();
        stream.write(b"later").await.unwrap();
        assert_eq!(peer.got(), b"abcdelater");
    });
}

/// FF04: whoever awaits each write never has more than one in the buffer.
#[test]
fn ff04_to_await_a_write_is_backpressure() {
    block_on(async {
        let (end, peer) = wire();
        let stream = IoStream::new(end);
        peer.room(1000);
        let written = Rc::new(Cell::new(0));
        let count = written.clone();
        let writer = spawn(async move {
            for _ in 0..100 {
                stream.write([7; 500]).await.unwrap();
                count.set(count.get() + 500);
            }
        });
        let mut read = 0;
        while read < 50_000 {
            turns().await;
            // What the kernel holds, and no more.
            assert!(written.get() <= read + 1000);
            read += peer.got().len();
        }
        writer.await.unwrap();
    });
}

/// G22: 10 writers, 10 MB each.
#[test]
fn g22_no_write_is_forgotten_by_many_writers() {
    let (writers, size) = if cfg!(miri) {
        (3, 1000)
    } else {
        (10, 10 << 20)
    };
    block_on(async {
        let (end, peer) = wire();
        let stream = IoStream::new(end);
        stream.set_max_write_buffer_size(200 << 20);
        peer.room(size / 3);
        let tasks: Vec<_> = (0..writers)
            .map(|number| spawn(stream.write(vec![number; size])))
            .collect();
        let mut all = Vec::new();
        while all.len() < size * usize::from(writers) {
            all.extend(peer.got());
            turns().await;
        }
        for task in tasks {
            task.await.unwrap().unwrap();
        }
        for (number, part) in (0..writers).zip(all.chunks(size)) {
            assert!(part.iter().all(|&byte| byte == number));
        }
    });
}

/// An error of a write, and a transport that takes nothing, close the stream.
#[test]
fn an_error_of_a_write_is_the_cause() {
    for at in 0..2 {
        for (fault, expected) in [
            (ErrorKind::BrokenPipe, ErrorKind::BrokenPipe),
            (ErrorKind::ConnectionReset, ErrorKind::ConnectionReset),
        ] {
            block_on(async {
                let (end, peer) = wire();
                end.calls.fault.set(Some((at, Fault::Error(fault))));
                peer.room(1);
                let stream = IoStream::new(end);
                let write = stream.write(b"abc");
                let read = spawn(stream.read_bytes(1));
                let error = write.await.unwrap_err();
                assert_eq!(error.cause().unwrap().io_kind(), Some(expected));
                assert!(read.await.unwrap().unwrap_err().cause().is_some());
                assert!(stream.closed() && !stream.writing());
            });
        }
    }
}

/// FF10: without `half_close`, the end of what comes closes the stream, and what is queued is dropped.
#[test]
fn ff10_the_end_of_what_comes_closes_the_stream_unless_told_otherwise() {
    block_on(async {
        let (end, peer) = wire();
        let stream = IoStream::new(end);
        peer.room(0);
        let write = spawn(stream.write(b"answer"));
        peer.end();
        assert_eq!(stream.read_until_close().await.unwrap(), b"");
        assert!(matches!(write.await.unwrap(), Err(Error::Closed(None))));
        assert!(stream.closed());
    });
}

/// FF10: with it, writes go on until this side closes.
#[test]
fn ff10_with_half_close_writes_go_on() {
    block_on(async {
        let (end, peer) = wire();
        let stream = IoStream::new(end);
        stream.set_half_close(true);
        let closed = Rc::new(Cell::new(false));
        let note = closed.clone();
        stream.set_close_callback(move || note.set(true));
        peer.room(3);
        let write = spawn(stream.write(b"answer"));
        peer.send(b"question");
        peer.end();
        assert_eq!(stream.read_until_close().await.unwrap(), b"question");
        assert!(matches!(
            stream.read_bytes(1).await,
            Err(Error::Closed(None))
        ));
        assert!(!stream.closed() && !closed.get());
        let mut got = peer.got();
        turns().await;
        got.extend(peer.got());
        assert_eq!(got, b"answer");
        write.await.unwrap().unwrap();
        stream.write(b"!").await.unwrap();
        stream.close();
        turns().await;
        assert!(stream.closed() && closed.get());
        assert_eq!(peer.got(), b"!");
    });
}
