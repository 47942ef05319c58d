//! What a task allocates, counted on this thread.
#![allow(unsafe_code, reason = "an allocator that counts")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::future::pending;

use executor::Executor;

struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
    static BYTES: Cell<isize> = const { Cell::new(0) };
}

// SAFETY: `System` does the work; counting allocates nothing. (What grows is allocated anew, by the default method.)
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        BYTES.set(BYTES.get() + layout.size() as isize);
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

/// A future of 96 bytes that waits for ever.
fn waits() -> impl Future<Output = ()> {
    let words = [0_u64; 11];
    async move {
        pending::<()>().await;
        std::hint::black_box(words);
    }
}

#[test]
fn a_task_is_one_allocation_with_its_result_and_its_handle() {
    let executor = Executor::new();
    // The queue and the slots have their memory.
    executor.block_on(executor.spawn(async {})).unwrap();
    let before = ALLOCATIONS.get();
    let task = executor.spawn(async { [1_u8; 100] });
    assert_eq!(executor.block_on(task).unwrap(), [1; 100]);
    assert_eq!(ALLOCATIONS.get() - before, 1);
}

/// The figure that the README gives: 48 bytes around the future, and 24 for its slot (src/slots.rs).
#[test]
fn a_waiting_task_holds_72_bytes_beside_its_future() {
    const TASKS: usize = 1 << 10;
    assert_eq!(size_of_val(&waits()), 96);
    let executor = Executor::new();
    // Makes the ready queue large, and empties it.
    (0..TASKS).for_each(|_| drop(executor.spawn(async {})));
    executor.turn(usize::MAX);
    let before = BYTES.get();
    (0..TASKS).for_each(|_| drop(executor.spawn(waits())));
    executor.turn(usize::MAX);
    let (held, future) = (BYTES.get() - before, 96 * TASKS as isize);
    // Their slots were there already.
    assert_eq!((held - future) / TASKS as isize, 48);
}

/// FC13: tasks that wait, are ready, are over, and tasks that hold handles of others.
#[test]
fn fc13_nothing_is_left_after_shutdown() {
    // What the registry keeps for every executor number is not of this test.
    for _ in 0..1100 {
        drop(Executor::new());
    }
    let before = BYTES.get();
    let executor = Executor::new();
    let waiting = executor.spawn(waits());
    drop(executor.spawn(async move { waiting.await.is_ok() }));
    executor.turn(9);
    drop(executor.spawn(waits()));
    drop(executor);
    assert_eq!(BYTES.get(), before);
}
