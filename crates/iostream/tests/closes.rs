//! Opening and closing, row by row.

mod wire;

use std::cell::{Cell, RefCell};
use std::io::{self, ErrorKind};
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use executor::{Executor, block_on, oneshot, spawn};
use iostream::{Cause, Error, IoStream};
use wire::{Wire, turns, wire};

/// Polls once, with a waker that wakes nobody.
fn poll_once<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    pin!(future).poll(&mut Context::from_waker(Waker::noop()))
}

/// FF07: all who wait are woken, once, with the cause; the callback is called once, not inside the call.
#[test]
fn ff07_close_wakes_all_who_wait_and_the_callback_once() {
    block_on(async {
        let (end, peer) = wire();
        let stream = IoStream::new(end);
        peer.room(1);
        let story = Rc::new(RefCell::new(Vec::new()));
        let tell = |who| {
            let story = story.clone();
            move || story.borrow_mut().push(who)
        };
        stream.set_close_callback(tell("callback"));
        let reader = spawn({
            let (read, tell) = (stream.read_until(b"\n", 10), tell("reader"));
            async move {
                assert!(matches!(read.await, Err(Error::Closed(None))));
                tell();
            }
        });
        let writer = spawn({
            let (write, tell) = (stream.write(b"abc"), tell("writer"));
            async move {
                assert!(matches!(write.await, Err(Error::Closed(None))));
                tell();
            }
        });
        turns().await;
        assert!(stream.reading() && stream.writing());
        stream.close();
        stream.close();
        stream.close_with("too late to be the cause");
        assert!(story.borrow().is_empty());
        turns().await;
        reader.await.unwrap();
        writer.await.unwrap();
        // In the order in which they were woken: the reader, the writers, the stream's own task.
        assert_eq!(*story.borrow(), ["reader", "writer", "callback"]);
        assert!(!stream.reading() && !stream.writing() && stream.error().is_none());
    });
}

/// FF07: in the callback everything may be done, also what makes another callback.
#[test]
fn ff07_a_close_callback_may_use_the_stream() {
    block_on(async {
        let (end, peer) = wire();
        let stream = IoStream::new(end);
        peer.send(b"ab");
        stream.read_bytes(1).await.unwrap();
        let calls = Rc::new(Cell::new(0));
        let (inside, count) = (stream.clone(), calls.clone());
        stream.set_close_callback(move || {
            count.set(count.get() + 1);
            inside.close();
            assert!(inside.closed());
            drop(inside.write(b"x"));
            assert_eq!(
                poll_once(&mut inside.read_bytes(1)).map(Result::unwrap),
                Poll::Ready(b"b".to_vec())
            );
            let count = count.clone();
            inside.set_close_callback(move || count.set(count.get() + 10));
        });
        stream.close();
        turns().await;
        assert_eq!(calls.get(), 11);
        // One that is set when all is over is called, too.
        let count = calls.clone();
        stream.set_close_callback(move || count.set(count.get() + 100));
        assert_eq!(calls.get(), 11);
        turns().await;
        assert_eq!(calls.get(), 111);
    });
}

/// G16
#[test]
fn g16_error_is_the_cause_of_the_close() {
    block_on(async {
        let (end, peer) = wire();
        let stream = IoStream::new(end);
        assert!(stream.error().is_none());
        peer.fail(ErrorKind::ConnectionReset);
        stream.read_bytes(1).await.unwrap_err();
        assert_eq!(
            stream.error().unwrap().io_kind(),
            Some(ErrorKind::ConnectionReset)
        );

        let (end, _peer) = wire();
        let stream = IoStream::new(end);
        let read = spawn(stream.read_bytes(1));
        stream.close_with("bored");
        let error = read.await.unwrap().unwrap_err();
        assert_eq!(error.to_string(), "the stream is closed: bored");
        assert!(matches!(stream.error(), Some(Cause::Other(_))));
    });
}

/// G15: before it is open, writes are queued and reads wait.
#[test]
fn g15_what_is_written_before_the_stream_is_open_goes_out_first() {
    block_on(async {
        let (end, peer) = wire();
        let (open, opening) = oneshot();
        let stream = IoStream::opening(async { Ok(opening.await.unwrap()) });
        let early = stream.write(b"early ");
        let read = spawn(stream.read_bytes(2));
        let opened = spawn(stream.opened());
        turns().await;
        assert!(stream.writing() && stream.reading() && !opened.is_finished());
        assert_eq!(stream.with_transport(|_| ()), None);
        peer.send(b"hi");
        assert!(open.send(end).is_ok());
        opened.await.unwrap().unwrap();
        drop(stream.write(b"late"));
        early.await.unwrap();
        assert_eq!(read.await.unwrap().unwrap(), b"hi");
        assert_eq!(peer.got(), b"early late");
        stream.opened().await.unwrap();
    });
}

/// G15: refused.
#[test]
fn g15_a_stream_that_cannot_open_closes_with_that_error() {
    block_on(async {
        let (fail, failing) = oneshot();
        let stream: IoStream<Wire> = IoStream::opening(async move { Err(failing.await.unwrap()) });
        let closed = Rc::new(Cell::new(0));
        let count = closed.clone();
        stream.set_close_callback(move || count.set(count.get() + 1));
        let (opened, read) = (spawn(stream.opened()), spawn(stream.read_bytes(1)));
        let write = stream.write(b"a");
        fail.send(io::Error::from(ErrorKind::ConnectionRefused))
            .unwrap();
        let refused = |error: Error| {
            assert_eq!(
                error.cause().unwrap().io_kind(),
                Some(ErrorKind::ConnectionRefused)
            );
        };
        refused(opened.await.unwrap().unwrap_err());
        refused(read.await.unwrap().unwrap_err());
        refused(write.await.unwrap_err());
        turns().await;
        assert_eq!(closed.get(), 1);
    });
}

/// G15: closed, or dropped, before it is open: the opening is dropped where it is.
#[test]
fn g15_a_close_ends_the_opening() {
    let executor = Executor::new();
    executor.block_on(async {
        for drops in [false, true] {
            let (open, opening) = oneshot::<Wire>();
            let stream = IoStream::opening(async { Ok(opening.await.unwrap()) });
            turns().await;
            if drops {
                drop(stream);
            } else {
                stream.close();
            }
            turns().await;
            assert!(open.is_closed());
        }
        // With something queued it goes on.
        let (end, peer) = wire();
        let (open, opening) = oneshot();
        let stream = IoStream::opening(async { Ok(opening.await.unwrap()) });
        drop(stream.write(b"news"));
        drop(stream);
        turns().await;
        assert!(open.send(end).is_ok());
        turns().await;
        assert_eq!(peer.got(), b"news");
    });
    assert_eq!(executor.tasks(), 0);
}

/// G17
#[test]
fn g17_closed_reading_writing() {
    block_on(async {
        let (end, peer) = wire();
        let stream = IoStream::new(end);
        assert!(!stream.closed() && !stream.reading() && !stream.writing());
        peer.room(0);
        let (read, write) = (stream.read_bytes(1), stream.write(b"a"));
        assert!(!stream.closed() && stream.reading() && stream.writing());
        drop(read);
        assert!(!stream.reading());
        drop(write);
        assert!(stream.writing());
        peer.room(1);
        turns().await;
        assert!(!stream.writing());
        stream.close();
        assert!(stream.closed());
    });
}

/// A stream that outlives its executor is closed, and nobody waits for ever.
#[test]
fn a_stream_whose_executor_is_gone_is_closed() {
    let executor = Executor::new();
    let (end, _peer) = wire();
    let calls = end.calls.clone();
    let stream = executor.block_on(async {
        let stream = IoStream::new(end);
        stream.set_close_callback(|| unreachable!("there is no turn for it"));
        stream
    });
    drop(executor);
    assert!(stream.closed() && calls.dropped.get());
    let mut read = stream.read_bytes(1);
    assert!(matches!(
        poll_once(&mut read),
        Poll::Ready(Err(Error::Closed(None)))
    ));
    stream.close();
    drop((read, stream));
}

/// When nothing happens, nothing is polled: neither the stream's task nor its transport.
#[test]
fn a_stream_that_waits_is_left_alone() {
    let executor = Executor::new();
    let (end, peer) = wire();
    let calls = end.calls.clone();
    let stream = executor.block_on(async {
        let stream = IoStream::new(end);
        stream.set_close_callback(|| ());
        peer.room(1);
        drop(stream.write(b"ab"));
        drop(spawn(stream.read_bytes(1)));
        turns().await;
        stream
    });
    let before = calls.count.get();
    assert_eq!(executor.turn(usize::MAX), 0);
    assert_eq!(calls.count.get(), before);
    drop(stream);
}
