//! What a pair allocates, counted on this thread.
#![allow(unsafe_code, reason = "an allocator that counts")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::future::Future as _;
use std::pin::Pin;
use std::task::{Context, Waker};

use promise::{Future, Promise, pair};

struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
    static LIVE: Cell<isize> = const { Cell::new(0) };
}

// SAFETY: `System` does the work; counting allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        LIVE.set(LIVE.get() + 1);
        // SAFETY: the caller keeps the contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        LIVE.set(LIVE.get() - 1);
        // SAFETY: the caller keeps the contract.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// How many allocations `action` makes. It must free them all.
fn allocations(action: impl FnOnce()) -> usize {
    let (before, live) = (ALLOCATIONS.get(), LIVE.get());
    action();
    assert_eq!(LIVE.get(), live, "something is left");
    ALLOCATIONS.get() - before
}

#[test]
fn a_pair_is_one_allocation_to_its_end() {
    let count = allocations(|| {
        let (promise, mut future) = pair();
        let mut cx = Context::from_waker(Waker::noop());
        assert!(Pin::new(&mut future).poll(&mut cx).is_pending());
        promise.set([0_u64; 100]);
        assert!(Pin::new(&mut future).poll(&mut cx).is_ready());
    });
    assert_eq!(count, 1);
}

#[test]
fn a_future_that_is_ready_is_one_allocation() {
    assert_eq!(allocations(|| drop(Future::ready(Ok(1)).try_take())), 1);
}

#[test]
fn chaining_allocates_nothing() {
    let count = allocations(|| {
        let ((a, from), (to, b)) = (pair(), pair());
        from.forward(to);
        a.set(1);
        assert_eq!(b.try_take().unwrap().unwrap(), 1);
    });
    assert_eq!(count, 2, "one for each pair");
}

#[test]
fn a_callback_that_captures_nothing_costs_the_list_once() {
    let count = |callbacks: usize| {
        allocations(|| {
            let (promise, future) = pair();
            for _ in 0..callbacks {
                future.add_done_callback(|_| {});
            }
            promise.set(1);
            drop(future);
        })
    };
    assert_eq!([count(0), count(1), count(4)], [1, 2, 2]);
}

#[test]
fn each_end_is_one_pointer() {
    assert_eq!(size_of::<Promise<[u64; 100]>>(), size_of::<usize>());
    assert_eq!(size_of::<Future<[u64; 100]>>(), size_of::<usize>());
}
