//! Sockets on the loop.

mod connected;

use std::cell::Cell;
use std::io::{self, IoSlice, IoSliceMut, Write};
use std::net;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Waker};
use std::thread;
use std::time::Duration;

use connected::connected;
use futures::future::{join, poll_fn};
use futures::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use ioloop::{Address, Elsewhere, IoLoop, TcpListener, TcpStream, block_on, sleep, spawn, timeout};

fn is_elsewhere(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.is::<Elsewhere>())
}

/// FD05: a byte at a time, and a megabyte at once, both ways at the same time: nothing hangs, nothing is lost.
#[test]
fn fd05_a_byte_at_a_time_and_a_megabyte_at_once() {
    const MANY: usize = if cfg!(miri) { 3_000 } else { 1 << 20 };
    const FEW: usize = if cfg!(miri) { 20 } else { 2_000 };
    block_on(async {
        let (one, other) = connected().await;
        let bytes: Vec<u8> = (0..MANY).map(|n| (n % 251) as u8).collect();
        let there = bytes.clone();
        let (one, other) = (Rc::new(one), Rc::new(other));
        let (writer, reader) = (one.clone(), other.clone());
        let writes = spawn(async move { (&*writer).write_all(&there).await });
        let reads = spawn(async move {
            let mut got = Vec::new();
            let mut piece = [0; 4000];
            while got.len() < MANY {
                let length = (&*reader).read(&mut piece).await.unwrap();
                assert_ne!(length, 0);
                got.extend_from_slice(&piece[..length]);
            }
            got
        });
        let back = spawn(async move {
            for n in 0..FEW {
                assert_eq!((&*other).write(&[n as u8]).await.unwrap(), 1);
            }
        });
        for n in 0..FEW {
            let mut byte = [0];
            (&*one).read_exact(&mut byte).await.unwrap();
            assert_eq!(byte, [n as u8]);
        }
        writes.await.unwrap().unwrap();
        back.await.unwrap();
        assert!(reads.await.unwrap() == bytes);
    });
}

/// FD05: data and the end in one event, and a read with more room than there is data: the end is still found.
#[test]
fn fd05_a_short_read_does_not_hide_the_end() {
    block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut peer = net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (mut stream, _) = listener.accept().await.unwrap();
        // It has waited once, so that the next it hears is one event for both.
        let mut room = [0; 100];
        assert!(futures::poll!(stream.read(&mut room)).is_pending());
        peer.write_all(b"the last words").unwrap();
        drop(peer);
        assert_eq!(stream.read(&mut room).await.unwrap(), 14);
        assert_eq!(stream.read(&mut room).await.unwrap(), 0);
        assert_eq!(stream.read(&mut room).await.unwrap(), 0);
    });
}

/// FD04: a peer that has shut its side down: reads say so, writes go on, and the loop sleeps.
#[test]
fn fd04_a_half_closed_peer_does_not_keep_the_loop_busy() {
    let io_loop = IoLoop::virtual_time().unwrap();
    let polls = Rc::new(Cell::new(0));
    let count = polls.clone();
    io_loop.block_on(async {
        let (mut here, mut there) = connected().await;
        there.close().await.unwrap();
        assert_eq!(here.read(&mut [0; 9]).await.unwrap(), 0);
        IoLoop::current().record(Some(Rc::new(move |event| {
            if matches!(event, ioloop::Event::Reactor(reactor::Event::Ready(..))) {
                count.set(count.get() + 1);
            }
        })));
        // An hour of virtual time, in which only timers make turns.
        for _ in 0..60 {
            sleep(Duration::from_secs(60)).await;
        }
        here.write_all(b"still heard").await.unwrap();
        let mut heard = [0; 11];
        there.read_exact(&mut heard).await.unwrap();
        assert_eq!(&heard, b"still heard");
    });
    assert!(polls.get() <= 4, "{} events", polls.get());
}

/// FD04: a connection that is reset wakes whoever reads and whoever writes.
#[test]
fn fd04_a_reset_wakes_the_reader_and_the_writer() {
    block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let peer = net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        let stream = Rc::new(stream);
        let (reader, writer) = (stream.clone(), stream.clone());
        let reads = spawn(async move {
            let mut sum = 0;
            loop {
                match (&*reader).read(&mut [0; 100]).await {
                    Ok(0) | Err(_) => return sum,
                    Ok(length) => sum += length,
                }
            }
        });
        let writes = spawn(async move {
            let bytes = vec![0; 1 << 16];
            loop {
                if (&*writer).write_all(&bytes).await.is_err() {
                    return;
                }
            }
        });
        executor::yield_now().await;
        // What it has not read has the system reset the connection.
        drop(peer);
        assert_eq!(reads.await.unwrap(), 0);
        writes.await.unwrap();
    });
}

/// FD05, FC11: a peer that always has more does not keep the others from their turn.
#[test]
fn fd10_a_source_that_is_always_ready_lets_others_go_first() {
    block_on(async {
        let (one, other) = connected().await;
        let other_reads = Rc::new(Cell::new(0));
        let count = other_reads.clone();
        let bytes = if cfg!(miri) { 400 } else { 4000 };
        (&one).write_all(&vec![7; bytes]).await.unwrap();
        drop(spawn(async move {
            let mut byte = [0];
            for _ in 0..bytes {
                (&other).read_exact(&mut byte).await.unwrap();
                count.set(count.get() + 1);
            }
        }));
        let mut before = 0;
        while other_reads.get() < bytes {
            executor::yield_now().await;
            let now = other_reads.get();
            assert!(now - before <= 128, "{} at once", now - before);
            before = now;
        }
    });
}

/// Vectored reads and writes.
#[test]
fn several_buffers_are_read_and_written_at_once() {
    block_on(async {
        let (mut one, mut other) = connected().await;
        let bufs = [IoSlice::new(b"one, "), IoSlice::new(b"other")];
        let written = poll_fn(|cx| Pin::new(&mut one).poll_write_vectored(cx, &bufs)).await;
        assert_eq!(written.unwrap(), 10);
        let (mut a, mut b) = ([0; 5], [0; 5]);
        let mut bufs = [IoSliceMut::new(&mut a), IoSliceMut::new(&mut b)];
        let read = poll_fn(|cx| Pin::new(&mut other).poll_read_vectored(cx, &mut bufs)).await;
        assert_eq!(read.unwrap(), 10);
        assert_eq!((&a, &b), (b"one, ", b"other"));
    });
}

/// FD13: a socket that blocks is set not to.
#[test]
fn fd13_a_blocking_socket_is_set_not_to_block() {
    block_on(async {
        let listener = net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let listener = TcpListener::from_std(listener).unwrap();
        assert!(futures::poll!(std::pin::pin!(listener.accept())).is_pending());
        let stream = TcpStream::from_std(net::TcpStream::connect(address).unwrap()).unwrap();
        assert!(futures::poll!((&stream).read(&mut [0])).is_pending());
        let back = stream.into_std().unwrap();
        drop(back);
    });
}

/// A stream is `Send`. Where its loop does not run it gives a typed error; dropped there, it leaves nothing behind.
#[test]
fn a_stream_elsewhere_gives_an_error_and_leaks_nothing() {
    let io_loop = IoLoop::new().unwrap();
    let (one, mut other) = io_loop.block_on(connected());
    let before = io_loop.sources();
    thread::spawn(move || {
        let error = block_on(async { (&one).read(&mut [0]).await.unwrap_err() });
        assert!(is_elsewhere(&error), "{error}");
        drop(one);
    })
    .join()
    .unwrap();
    assert_eq!(io_loop.sources(), before - 1);
    assert_eq!(
        io_loop.block_on(other.read(&mut [0])).unwrap(),
        0,
        "it is closed"
    );
    // A timer, too: it leaves its place when it is dropped.
    let mut timer = Box::pin(sleep(Duration::from_secs(3600)));
    io_loop.block_on(async { assert!(futures::poll!(&mut timer).is_pending()) });
    assert_eq!(io_loop.timers(), 1);
    thread::spawn(move || drop(timer)).join().unwrap();
    assert_eq!(io_loop.timers(), 0);
    // And after the loop's end.
    drop(io_loop);
    let error = block_on(async { (&other).read(&mut [0]).await.unwrap_err() });
    assert!(is_elsewhere(&error), "{error}");
    assert!(is_elsewhere(&TcpListener::bind("127.0.0.1:0").unwrap_err()));
}

/// What hyper and others ask for.
#[test]
fn streams_and_timers_can_be_sent() {
    fn is<T: Send + Unpin + 'static>() {}
    is::<TcpStream>();
    is::<TcpListener>();
    is::<ioloop::Sleep>();
    is::<ioloop::Handle>();
    is::<Address>();
}

/// A connection that is refused is an error; each address of a name is tried.
#[test]
fn a_refused_connection_is_an_error() {
    block_on(async {
        let listener = net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        let error = TcpStream::connect(address).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
    });
}

/// The look-up is on a thread of the pool; each address is tried: `localhost` may be IPv6 first, where nobody listens.
#[test]
#[cfg_attr(miri, ignore = "Miri looks up no names")]
fn a_name_is_looked_up_elsewhere_and_every_address_tried() {
    block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (client, server) =
            join(TcpStream::connect(("localhost", port)), listener.accept()).await;
        let server = server.unwrap().1;
        assert_eq!(client.unwrap().local_addr().unwrap(), server);
        let error = TcpStream::connect("no port").await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
    });
}

fn noop() -> Context<'static> {
    Context::from_waker(Waker::noop())
}

/// FE09: the data and the time-out in one turn: the data wins.
#[test]
fn fe09_data_wins_over_the_time_out_in_the_same_turn() {
    let io_loop = IoLoop::virtual_time().unwrap();
    io_loop.block_on(async {
        let (mut one, mut other) = connected().await;
        let mut bytes = [0; 4];
        // Both timers are due at once. The first one called has the data sent; then the system is asked what is ready.
        IoLoop::current().call_later(Duration::from_millis(1), move || {
            let write = Pin::new(&mut one).poll_write(&mut noop(), b"data");
            assert!(write.is_ready());
        });
        let limit = Duration::from_millis(1);
        let read = timeout(limit, other.read_exact(&mut bytes)).await;
        read.expect("in time").unwrap();
        assert_eq!(&bytes, b"data");
    });
}

/// Cancelling: a connection that is given up, a read that is given up, leave nothing.
#[test]
fn what_is_given_up_leaves_nothing() {
    let io_loop = IoLoop::new().unwrap();
    io_loop.block_on(async {
        let (mut one, mut other) = connected().await;
        let late = timeout(Duration::ZERO, other.read(&mut [0; 4])).await;
        assert!(late.is_err());
        one.write_all(b"kept").await.unwrap();
        let mut bytes = [0; 4];
        other.read_exact(&mut bytes).await.unwrap();
        assert_eq!(&bytes, b"kept");
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let connects = TcpStream::connect(listener.local_addr().unwrap());
        drop(timeout(Duration::ZERO, connects).await);
    });
    assert_eq!(
        (io_loop.sources(), io_loop.timers(), io_loop.tasks()),
        (0, 0, 0)
    );
}
