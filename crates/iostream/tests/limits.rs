//! The limits of reads: how much is taken from the transport, and when.

mod wire;

use std::cell::Cell;
use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;

use executor::{block_on, spawn};
use iostream::{Cause, Error, IoStream};
use wire::wire;

/// G12: a read that needs more than the buffer may hold.
#[test]
fn g12_a_read_that_needs_too_much_closes_the_stream() {
    block_on(async {
        let full = |error: &Error| {
            matches!(
                error.cause(),
                Some(Cause::BufferFull {
                    max_buffer_size: 100
                })
            )
        };
        for read in ["exact", "until", "close"] {
            let (end, peer) = wire();
            let stream = IoStream::new(end);
            stream.set_max_buffer_size(100);
            peer.send(&[1; 1000]);
            peer.end();
            let error = match read {
                "exact" => stream.read_bytes(101).await,
                "until" => stream.read_until(b"\n", 1000).await,
                _ => stream.read_until_close().await,
            };
            assert!(full(&error.unwrap_err()), "{read}");
            assert!(stream.closed(), "{read}");
            // Not a byte more than allowed was ever taken.
            assert!(peer.unread() >= 900, "{read}");
        }
        // What just fits does.
        let (end, peer) = wire();
        let stream = IoStream::new(end);
        stream.set_max_buffer_size(100);
        peer.send(&[1; 1000]);
        assert_eq!(stream.read_bytes(100).await.unwrap().len(), 100);
    });
}

/// G12: small reads take no more from the socket than fits; the rest waits there, and the peer with it.
#[test]
fn g12_small_reads_never_fill_the_buffer() {
    block_on(async {
        let (end, peer) = wire();
        let stream = IoStream::new(end);
        stream.set_max_buffer_size(1 << 10);
        peer.send(&vec![1; 1 << 20]);
        for _ in 0..100 {
            let before = peer.unread();
            stream.read_bytes(10).await.unwrap();
            assert!(before - peer.unread() <= 1 << 10);
        }
        assert!(peer.unread() >= (1 << 20) - 1000 - (1 << 10));
        assert!(!stream.closed());
    });
}

/// G14
#[test]
fn g14_a_chunk_is_64_kib_unless_told_otherwise() {
    block_on(async {
        let (end, peer) = wire();
        let calls = end.calls.clone();
        let stream = IoStream::new(end);
        peer.send(&vec![1; 1 << 20]);
        stream.read_bytes(1 << 19).await.unwrap();
        assert_eq!(calls.largest_read.get(), 64 * 1024);
        // As few reads as that takes.
        assert_eq!(calls.reads.get(), 8);
        calls.largest_read.set(0);
        stream.set_read_chunk_size(1000);
        stream.read_bytes(5000).await.unwrap();
        assert_eq!(calls.largest_read.get(), 1000);
    });
}

/// A peer who sends without end: after 16 chunks in one poll, others have their turn.
#[test]
fn a_read_of_much_lets_others_have_their_turn() {
    block_on(async {
        let (end, peer) = wire();
        let calls = end.calls.clone();
        let stream = IoStream::new(end);
        peer.send(&vec![1; 4 << 20]);
        let seen = Rc::new(Cell::new(0));
        let (see, at) = (seen.clone(), calls.clone());
        let mut read = spawn(stream.read_bytes(4 << 20));
        let other = spawn(async move { see.set(at.reads.get()) });
        poll_fn(|cx| pin!(&mut read).poll(cx))
            .await
            .unwrap()
            .unwrap();
        other.await.unwrap();
        assert_eq!(seen.get(), 16);
        assert_eq!(calls.reads.get(), 64);
    });
}
