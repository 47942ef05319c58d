//! What a wait and a task allocate, counted on this thread: the figures of the notes.
#![allow(unsafe_code, reason = "an allocator that counts")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::pin::Pin;
use std::task::{Context, Poll};

use executor::Executor;
use lesson_07_executor::forty_lines::{Task, run};
use promise::{Promise, pair};

struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: `System` does the work; counting allocates nothing. (What grows is allocated anew, by the default method.)
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

const WAITS: usize = 100;

type Pairs = Vec<(Option<Promise<u32>>, promise::Future<u32>)>;

/// Waits a hundred times: each future is set after it was polled, and wakes the task.
async fn waits(pairs: Pairs) -> u32 {
    let mut sum = 0;
    for (promise, future) in pairs {
        sum += SetsAfterThePoll(promise, future).await;
    }
    sum
}

struct SetsAfterThePoll(Option<Promise<u32>>, promise::Future<u32>);

impl Future for SetsAfterThePoll {
    type Output = u32;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<u32> {
        let polled = Pin::new(&mut self.1).poll(cx);
        if let Some(promise) = self.0.take() {
            assert!(polled.is_pending());
            promise.set(1);
        }
        polled.map(Result::unwrap)
    }
}

fn pairs() -> Pairs {
    let pair = |_| {
        let (promise, future) = pair();
        (Some(promise), future)
    };
    (0..WAITS).map(pair).collect()
}

fn allocations(action: impl FnOnce()) -> usize {
    let before = ALLOCATIONS.get();
    action();
    ALLOCATIONS.get() - before
}

/// The lift of lesson 6, where a wait that was not done cost two.
#[test]
fn a_wait_allocates_nothing() {
    let executor = Executor::new();
    executor.block_on(executor.spawn(async {})).unwrap(); // the queue and the slots have their memory
    let task = executor.spawn(waits(pairs()));
    let waited = allocations(|| assert_eq!(executor.block_on(task).unwrap(), WAITS as u32));
    assert_eq!(waited, 0);
}

/// The real one: its future, with its result, takes the memory of a task that is over. (Under Miri and the sanitizers,
/// which want to see where a task begins and ends, each is an allocation of its own.)
#[test]
fn a_task_of_the_executor_takes_the_memory_of_one_that_is_over() {
    let executor = Executor::new();
    let spawn = || {
        let task = executor.spawn(async { 7 });
        assert_eq!(executor.block_on(task).unwrap(), 7);
    };
    spawn();
    let own = usize::from(cfg!(any(miri, sanitized)));
    assert_eq!(allocations(spawn), own);
}

/// The forty lines: a box and a waker, beside the lists.
#[test]
fn a_task_of_the_forty_lines_is_two_allocations() {
    let spend = |count| {
        let mut tasks: Vec<Task<'_>> = Vec::with_capacity(count);
        allocations(|| {
            (0..count).for_each(|_| tasks.push(Box::pin(std::future::ready(()))));
            run(tasks);
        })
    };
    // The queue takes a block of memory for every so many entries: too few here for a second one.
    assert_eq!(spend(20) - spend(10), 2 * 10);
}
