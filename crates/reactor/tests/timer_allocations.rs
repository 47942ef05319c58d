//! What timers allocate, counted on this thread.
#![allow(unsafe_code, reason = "an allocator that counts")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use reactor::Timers;

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

const MANY: u64 = if cfg!(miri) { 100 } else { 100_000 };

/// Deadlines that look like chance, within 0.1 s.
fn deadlines(begin: u64) -> impl Iterator<Item = u64> {
    (0..MANY).map(move |number| begin + number.wrapping_mul(0x9E37_79B9_7F4A_7C15) % 100_000_000)
}

/// FE04, F12: a server's time-outs, each of them cancelled.
#[test]
fn fe04_a_hundred_thousand_timers_one_after_another_need_the_memory_of_one() {
    let mut timers = Timers::new();
    let mut bytes_after_many = |begin: u64| {
        assert!(timers.pop_due(begin).is_none());
        for number in 0..MANY {
            let timer = timers.insert(begin + 30_000_000_000 + number, [number; 4]);
            assert!(timers.remove(timer).is_some());
        }
        BYTES.get()
    };
    let first = bytes_after_many(0);
    for minute in 1..10 {
        assert_eq!(bytes_after_many(minute * 60_000_000_000), first);
    }
}

/// FE04, F12
#[test]
fn fe04_a_hundred_thousand_cancelled_at_once_leave_their_memory_to_the_next() {
    let mut timers = Timers::new();
    let mut keys = Vec::with_capacity(MANY as usize);
    let mut allocations = Vec::new();
    for round in 0..10 {
        let begin = round * 700_000_000;
        assert!(timers.pop_due(begin).is_none());
        let before = ALLOCATIONS.get();
        keys.extend(deadlines(begin).map(|deadline| timers.insert(deadline, deadline)));
        for key in keys.drain(..) {
            assert!(timers.remove(key).is_some());
        }
        allocations.push(ALLOCATIONS.get() - before);
    }
    // Lists and slots double. In the first rounds they may need one more.
    assert!(allocations.iter().sum::<usize>() < 60, "{allocations:?}");
    assert_eq!(allocations[5..], [0; 5]);
}

#[test]
fn a_timer_allocates_nothing_where_there_was_one_before() {
    let mut timers = Timers::new();
    let mut allocations = Vec::new();
    for round in 0..10 {
        let begin = round * 700_000_000;
        let before = ALLOCATIONS.get();
        for deadline in deadlines(begin) {
            timers.insert(deadline, deadline);
        }
        for now in (begin..=begin + 100_000_000).step_by(10_000_000) {
            while timers.pop_due(now).is_some() {}
        }
        assert!(timers.is_empty());
        allocations.push(ALLOCATIONS.get() - before);
    }
    assert!(allocations.iter().sum::<usize>() < 60, "{allocations:?}");
    assert_eq!(allocations[5..], [0; 5]);
}
