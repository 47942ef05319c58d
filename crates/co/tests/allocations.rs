//! Nothing is allocated to make, start, resume or drop a coroutine. A file of its own, since the allocator counts for
//! the whole process; the count is this thread's.
#![allow(unsafe_code, reason = "an allocator that counts")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::pin::pin;

use co::{Coroutine, Yielder};

struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: `System` does the work; counting allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: the caller keeps the contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the contract.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn allocations(action: impl FnOnce()) -> usize {
    let before = ALLOCATIONS.get();
    action();
    ALLOCATIONS.get() - before
}

#[test]
fn making_starting_resuming_and_dropping_allocate_nothing() {
    let count = allocations(|| {
        for rounds in 0..10 {
            let mut c = pin!(co::from_async(|y: Yielder<u64, [u64; 4]>| async move {
                let mut sum = 0;
                for n in 0..rounds {
                    sum += y.yield_(n).await[0];
                }
                sum
            }));
            let mut state = c.as_mut().start();
            // The last rounds are dropped while suspended.
            for _ in 0..7 {
                if let co::CoroutineState::Yielded(n) = state {
                    state = c.as_mut().resume([n; 4]);
                }
            }
        }
    });
    assert_eq!(count, 0);
}

#[test]
fn the_count_sees_an_allocation() {
    assert_eq!(allocations(|| drop(Box::new(1))), 1);
}
