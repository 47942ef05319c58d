//! What a stream holds and asks for, counted on this thread.
#![allow(unsafe_code, reason = "an allocator that counts")]

mod wire;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use executor::{Executor, block_on, spawn};
use iostream::IoStream;
use wire::{turns, wire};

struct Counting;

thread_local! {
    static BYTES: Cell<isize> = const { Cell::new(0) };
    static LARGEST: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: `System` does the work; counting allocates nothing. (What grows is allocated anew, by the default method.)
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        BYTES.set(BYTES.get() + layout.size() as isize);
        LARGEST.set(LARGEST.get().max(layout.size()));
        // SAFETY: the caller keeps the contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        BYTES.set(BYTES.get() - layout.size() as isize);
        // SAFETY: the caller keeps the contract.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// FF03: a peer who promises much and sends little.
#[test]
fn ff03_memory_grows_by_what_came_not_by_what_was_promised() {
    block_on(async {
        let (end, peer) = wire();
        let stream = IoStream::new(end);
        let mut reads = 0;
        while reads < 3 {
            let read = spawn(stream.read_bytes(100 << 20));
            LARGEST.set(0);
            let before = BYTES.get();
            peer.send(&[1; 1000]);
            turns().await;
            // The chunk that all streams of the thread share is the largest; what came is doubled at most.
            assert!(LARGEST.get() <= 64 * 1024, "{}", LARGEST.get());
            assert!(BYTES.get() - before < 80 * 1024);
            read.abort();
            turns().await;
            reads += 1;
        }
        assert_eq!(stream.read_bytes(3000).await.unwrap().len(), 3000);
    });
}

/// The figure that the README gives: a stream that has read and written, and waits, beside its transport and its task.
#[test]
#[cfg_attr(miri, ignore = "takes long, and there is no unsafe code in it")]
fn a_stream_that_waits_holds_no_buffer() {
    const STREAMS: usize = 100;
    let executor = Executor::new();
    executor.block_on(async {
        let wires = || {
            let (end, peer) = wire();
            for (one, other) in [(&end, &peer), (&peer, &end)] {
                one.send(b"the queues of a wire have their memory");
                other.got();
            }
            (end, peer)
        };
        // So do the chunk that all streams share, and the executor: memory for tasks, too, which is used again.
        let (end, peer) = wires();
        let first = IoStream::new(end);
        peer.send(&vec![1; 200_000]);
        first.read_bytes(200_000).await.unwrap();
        let warm: Vec<_> = (0..2 * STREAMS).map(|_| IoStream::new(wires().0)).collect();
        turns().await;
        drop(warm);
        turns().await;
        let mut streams = Vec::with_capacity(STREAMS);
        let mut ends: Vec<_> = (0..STREAMS).map(|_| wires()).collect();
        let before = BYTES.get();
        while let Some((end, peer)) = ends.pop() {
            streams.push((IoStream::new(end), peer));
        }
        turns().await;
        for (stream, peer) in &streams {
            peer.send(&[1; 5000]);
            stream.read_bytes(5000).await.unwrap();
            stream.write([1; 5000]).await.unwrap();
            peer.got();
        }
        turns().await;
        let held = (BYTES.get() - before) / STREAMS as isize;
        assert_eq!(held - size_of::<wire::Wire>() as isize, 304);
    });
}

/// What an executor's task and a stream are made of is given back.
#[test]
fn nothing_is_left_of_a_stream() {
    for _ in 0..1100 {
        drop(Executor::new());
    }
    let one = |_| {
        let executor = Executor::new();
        executor.block_on(async {
            let (end, peer) = wire();
            let stream = IoStream::new(end);
            stream.set_close_callback(|| ());
            peer.room(10);
            drop(stream.write([1; 100]));
            let read = spawn(stream.read_until(b"\n", 100));
            turns().await;
            stream.close();
            assert!(read.await.unwrap().is_err());
        });
    };
    one(0);
    let before = BYTES.get();
    (0..10).for_each(one);
    assert_eq!(BYTES.get(), before);
}
