//! Where the memory of tasks comes from: blocks of many sizes, cut from large chunks and used again.

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::cell::{Cell, RefCell};
use std::ptr::NonNull;

/// The sizes of blocks are multiples of this, and so are their places.
const GRAIN: usize = align_of::<Free>();

/// What is larger, or stricter in its alignment, the global allocator keeps. Under Miri it keeps everything, so that
/// Miri sees where each task begins and ends.
const LARGEST: usize = if cfg!(any(miri, sanitized)) && !cfg!(test) {
    0
} else {
    1024
};

const FIRST_CHUNK: usize = 4 * 1024;
const LARGEST_CHUNK: usize = 64 * 1024;

/// For one thread. Chunks never move, and are given back all together when the pool is dropped.
pub(crate) struct Pool {
    /// For each size, in grains, the blocks that were given back; the last is taken first.
    free: [Cell<Option<NonNull<Free>>>; LARGEST / GRAIN + 1],
    /// What of the newest chunk was never given out.
    fresh: Cell<*mut u8>,
    left: Cell<usize>,
    chunks: RefCell<Vec<(NonNull<u8>, Layout)>>,
}

/// What is in a block while it is free.
struct Free {
    next: Option<NonNull<Free>>,
}

impl Pool {
    pub(crate) fn new() -> Self {
        Self {
            free: [const { Cell::new(None) }; LARGEST / GRAIN + 1],
            fresh: Cell::new(std::ptr::null_mut()),
            left: Cell::new(0),
            chunks: RefCell::default(),
        }
    }

    /// A block for `layout`, with nothing in it. It may be used until it is given back, or until the pool is dropped.
    #[inline]
    pub(crate) fn take(&self, layout: Layout) -> NonNull<u8> {
        if !pooled(layout) {
            return from_the_global_allocator(layout);
        }
        let free = &self.free[grains(layout)];
        match free.get() {
            Some(block) => {
                // SAFETY: a block in this list belongs to the pool, and `put` has written to it what is read here.
                #[allow(unsafe_code, reason = "the list of the free is kept in the blocks")]
                free.set(unsafe { block.as_ref() }.next);
                block.cast()
            }
            None => self.cut(grains(layout) * GRAIN),
        }
    }

    /// Takes a block back.
    ///
    /// # Safety
    ///
    /// This pool gave it for the same layout, and nobody uses it any more.
    #[inline]
    #[allow(unsafe_code, reason = "the list of the free is kept in the blocks")]
    pub(crate) unsafe fn put(&self, block: NonNull<u8>, layout: Layout) {
        if !pooled(layout) {
            // SAFETY: `take` has it from there, with this layout.
            unsafe { dealloc(block.as_ptr(), layout) };
            return;
        }
        let free = &self.free[grains(layout)];
        let block = block.cast::<Free>();
        let next = free.get();
        // SAFETY: nobody else uses the block; it is at least a grain large and stands on a grain.
        unsafe { block.write(Free { next }) };
        free.set(Some(block));
    }

    /// Cuts a new block.
    fn cut(&self, size: usize) -> NonNull<u8> {
        if self.left.get() < size {
            // The rest of the chunk before, less than one block, is not used.
            self.new_chunk();
        }
        let block = self.fresh.get();
        self.left.set(self.left.get() - size);
        // No arithmetic outside a chunk is undefined here; what is left says what may be used.
        self.fresh.set(block.wrapping_add(size));
        NonNull::new(block).expect("a chunk is somewhere")
    }

    #[cold]
    fn new_chunk(&self) {
        let mut chunks = self.chunks.borrow_mut();
        // Small executors stay small.
        let size = (FIRST_CHUNK << chunks.len().min(4)).min(LARGEST_CHUNK);
        let layout = Layout::from_size_align(size, GRAIN).expect("small enough");
        chunks.reserve(1);
        let chunk = from_the_global_allocator(layout);
        chunks.push((chunk, layout));
        self.fresh.set(chunk.as_ptr());
        self.left.set(size);
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        for (chunk, layout) in self.chunks.get_mut().drain(..) {
            // SAFETY: `new_chunk` has it from there, with this layout. No block in it is used after the pool is dropped.
            #[allow(unsafe_code, reason = "what was allocated is given back")]
            unsafe {
                dealloc(chunk.as_ptr(), layout);
            }
        }
    }
}

const fn pooled(layout: Layout) -> bool {
    layout.size() <= LARGEST && layout.align() <= GRAIN
}

const fn grains(layout: Layout) -> usize {
    layout.size().div_ceil(GRAIN)
}

fn from_the_global_allocator(layout: Layout) -> NonNull<u8> {
    assert_ne!(layout.size(), 0, "a task is never empty");
    // SAFETY: the layout is not empty.
    #[allow(unsafe_code, reason = "memory without a type")]
    let block = unsafe { alloc(layout) };
    NonNull::new(block).unwrap_or_else(|| handle_alloc_error(layout))
}

#[cfg(test)]
#[allow(unsafe_code, reason = "blocks are given back")]
mod tests {
    use super::*;

    /// Blocks of all sizes and some alignments, each filled to its end; given back in two orders, and taken again.
    #[test]
    fn no_two_blocks_overlap() {
        let pool = Pool::new();
        let sizes = [1, 7, 8, 9, 120, 1000, 1024, 1025, 5000];
        let layouts = sizes.iter().flat_map(|&size| {
            let aligned = |align| Layout::from_size_align(size, align).unwrap();
            [aligned(1), aligned(8), aligned(64)]
        });
        let layouts: Vec<Layout> = (0..4).flat_map(|_| layouts.clone()).collect();
        for round in 0..3 {
            let mut taken = Vec::new();
            for (number, &layout) in layouts.iter().enumerate() {
                let block = pool.take(layout);
                assert_eq!(block.addr().get() % layout.align(), 0);
                // SAFETY: the block is ours, and so large.
                unsafe { block.write_bytes(number as u8, layout.size()) };
                taken.push((number as u8, block, layout));
            }
            if round == 1 {
                taken.reverse();
            }
            for (number, block, layout) in taken {
                // SAFETY: the block is ours, and all of it was written above.
                let bytes = unsafe { std::slice::from_raw_parts(block.as_ptr(), layout.size()) };
                assert_eq!(bytes, vec![number; layout.size()]);
                // SAFETY: it came from this pool with this layout, and is not used again.
                unsafe { pool.put(block, layout) };
            }
        }
    }

    #[test]
    fn what_was_given_back_is_used_again() {
        let pool = Pool::new();
        let layout = Layout::new::<[u64; 15]>();
        let block = pool.take(layout);
        // SAFETY: it came from this pool with this layout, and is not used again.
        unsafe { pool.put(block, layout) };
        assert_eq!(pool.take(layout), block);
        assert_ne!(pool.take(layout), block);
    }
}
