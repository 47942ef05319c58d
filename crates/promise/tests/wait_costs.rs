//! What a wait costs: bytes that a waiting coroutine holds, and allocations. A file of its own, since the allocator
//! counts for the whole process; the count is this thread's.
#![allow(unsafe_code, reason = "an allocator that counts")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use co::Coroutine;
use promise::{Error, Future, Wait, pair, run, wait};

struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
    static LIVE: Cell<isize> = const { Cell::new(0) };
}

// SAFETY: `System` does the work; counting allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        LIVE.set(LIVE.get() + layout.size().cast_signed());
        // SAFETY: the caller keeps the contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        LIVE.set(LIVE.get() - layout.size().cast_signed());
        // SAFETY: the caller keeps the contract.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Allocations made, and bytes that are live after it and were not before.
fn cost<T>(action: impl FnOnce() -> T) -> (T, usize, isize) {
    let (before, live) = (ALLOCATIONS.get(), LIVE.get());
    let value = action();
    (value, ALLOCATIONS.get() - before, LIVE.get() - live)
}

#[co::coroutine(wait = wait)]
fn bare(
    text: Future<String>,
) -> impl Coroutine<(), Yield = Wait, Return = Result<usize, Error>> + Send {
    let text = yield_!(text)?;
    Ok(text.len())
}

#[co::coroutine(start = run, wait = wait)]
fn length(text: Future<String>) -> Future<usize> {
    let text = yield_!(text)?;
    Ok(text.len())
}

/// C21: what a coroutine holds that waits for one `Future<String>`, and with it its call, its result's pair included.
#[test]
#[cfg(target_pointer_width = "64")]
fn a_coroutine_that_waits_for_one_future_holds_104_bytes_and_its_call_less_than_half_a_kilobyte() {
    assert_eq!(size_of_val(&bare(pair().1)), 104);
    let (promise, text) = pair();
    let (future, _, held) = cost(|| length(text));
    println!("a call that waits holds {held} bytes");
    assert!((200..512).contains(&held), "{held}");
    drop((promise, future));
}

#[test]
fn a_call_allocates_twice_and_each_wait_twice() {
    let (promise, text) = pair();
    let (future, at_the_call, held) = cost(|| length(text));
    // The pair and the coroutine; the closure that resumes it and the place that it is lent from.
    assert_eq!(at_the_call, 4);
    let text = "four".to_owned();
    let ((), when_set, freed) = cost(|| promise.set(text));
    assert_eq!(when_set, 0);
    assert!(freed < 0 && held > 0);
    drop(future);
}

/// A wait that is done costs nothing but the future itself.
#[test]
fn a_wait_that_is_done_allocates_nothing() {
    let text = Future::ready(Ok(String::new()));
    let (future, made, _) = cost(|| length(text));
    assert_eq!(made, 2);
    drop(future);
}

#[test]
fn nothing_stays_allocated() {
    let ((), _, held) = cost(|| {
        let (promise, text) = pair();
        let future = length(text);
        promise.set("four".to_owned());
        assert_eq!(future.try_take().unwrap().unwrap(), 4);
    });
    assert_eq!(held, 0);
}
