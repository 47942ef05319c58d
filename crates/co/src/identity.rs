//! Names for coroutines and for threads, cheap enough to be compared at each resume.

use std::cell::Cell;
use std::fmt;
use std::ptr;
use std::sync::atomic::{AtomicU64, Ordering};

/// The name of one coroutine, never given to another one in this process.
///
/// Seven bytes, so that the byte of a state beside it costs nothing. They last for 2^56 coroutines: two years of
/// making one every nanosecond.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Id([u8; 7]);

/// Ids are numbers below this.
const LIMIT: u64 = 1 << 56;

/// How many ids a thread takes from the global counter at once: a power of two.
const BLOCK: u64 = 1 << 12;

/// The first id of the first block that no thread has taken. Block 0 is left out, see `NEXT`.
static NEXT_BLOCK: AtomicU64 = AtomicU64::new(BLOCK);

thread_local! {
    /// The next id of this thread's block; a multiple of `BLOCK` (as at first) means that the block is used up.
    /// Its address is this thread's name.
    static NEXT: Cell<u64> = const { Cell::new(0) };
}

impl Id {
    /// An id that no other call has returned or will return in this process.
    ///
    /// # Panics
    ///
    /// If there are no more.
    #[inline]
    pub(crate) fn fresh() -> Self {
        NEXT.with(|next| {
            let mut id = next.get();
            if id % BLOCK == 0 {
                id = take_block();
            }
            next.set(id + 1);
            let [bytes @ .., _] = id.to_le_bytes();
            Id(bytes)
        })
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g, h] = self.0;
        u64::from_le_bytes([a, b, c, d, e, g, h, 0]).fmt(f)
    }
}

/// The first id of a block that is this thread's from now on.
#[cold]
#[inline(never)]
fn take_block() -> u64 {
    // Relaxed: the counter hands out numbers, it publishes nothing.
    NEXT_BLOCK
        .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |first| {
            (first < LIMIT).then_some(first + BLOCK)
        })
        .expect("2^56 coroutines were made")
}

/// This thread's name: two threads that live at the same time have different ones.
#[inline]
pub(crate) fn this_thread() -> *const () {
    NEXT.with(|next| ptr::from_ref(next).cast())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::sync::Barrier;
    use std::thread;

    use super::*;

    #[test]
    fn ids_differ_within_a_block_across_blocks_and_across_threads() {
        let count = if cfg!(miri) { 20 } else { 2 * BLOCK + 10 };
        let collect = || (0..count).map(|_| Id::fresh().0).collect::<Vec<_>>();
        let (here, there) = thread::scope(|scope| {
            let there = scope.spawn(collect);
            (collect(), there.join().unwrap())
        });
        let all: HashSet<[u8; 7]> = here.iter().chain(&there).copied().collect();
        assert_eq!(all.len() as u64, 2 * count);
    }

    #[test]
    fn threads_that_live_at_the_same_time_have_different_names() {
        let both_live = Barrier::new(2);
        let name = || {
            let name = this_thread().addr();
            both_live.wait();
            assert_eq!(name, this_thread().addr());
            name
        };
        thread::scope(|scope| {
            let there = scope.spawn(name);
            let here = name();
            assert_ne!(here, there.join().unwrap());
        });
    }
}
