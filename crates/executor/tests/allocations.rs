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

/// Under Miri and the sanitizers each task is an allocation of its own, see src/pool.rs.
const POOLED: bool = !cfg!(any(miri, sanitized));

#[test]
fn a_task_takes_the_memory_of_one_that_is_over() {
    let executor = Executor::new();
    let run = || {
        let task = executor.spawn(async { [1_u8; 100] });
        assert_eq!(executor.block_on(task).unwrap(), [1; 100]);
    };
    run();
    let before = ALLOCATIONS.get();
    run();
    assert_eq!(ALLOCATIONS.get() - before, usize::from(!POOLED));
}

/// The figure that the README gives: 24 bytes around the future, 16 for its slot (src/slots.rs), and at most 4 more
/// because the slots grow by a quarter; the executor itself is counted, too.
#[test]
fn a_waiting_task_holds_at_most_44_bytes_beside_its_future() {
    // Too few for Miri to be true of what the executor itself holds, but Miri has better things to look at.
    const TASKS: usize = if POOLED { 20_000 } else { 200 };
    assert_eq!(size_of_val(&waits()), 96);
    let before = BYTES.get();
    let executor = Executor::new();
    (0..TASKS).for_each(|_| drop(executor.spawn(waits())));
    executor.turn(usize::MAX);
    let held = (BYTES.get() - before) / TASKS as isize;
    if POOLED {
        assert!((96 + 40..=96 + 44).contains(&held), "{held}");
    }
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
