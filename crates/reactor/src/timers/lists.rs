//! Many lists in one memory: the buckets of the wheel.
//!
//! A list is a chain of chunks. All but the top one are full, so one is put in and taken at the top. A chunk that is empty
//! is there for the next list that needs one: there are never more than were needed at once.

use super::planted::{Mistake, planted};

/// A timer, in a list. Its deadline is here as well as its slot: who goes through a list does not wait for the slots to
/// come from far memory, one after another.
#[derive(Clone, Copy, Debug)]
pub(super) struct Waiting {
    pub(super) deadline: u64,
    pub(super) slot: u32,
}

/// How many a chunk has room for.
const FULL: u32 = 15;
/// After the last chunk; no chunk has this number.
const END: u32 = u32::MAX;

pub(super) struct Lists {
    chunks: Vec<Chunk>,
    /// The empty ones are a chain, too.
    free: u32,
}

struct Chunk {
    timers: [Waiting; FULL as usize],
    /// The chunk below.
    next: u32,
}

/// One of the lists.
#[derive(Clone, Copy)]
pub(super) struct List {
    top: u32,
    /// How many are in the top chunk: none in an empty list alone.
    len: u32,
}

impl List {
    pub(super) const EMPTY: Self = Self { top: END, len: 0 };

    pub(super) fn is_empty(self) -> bool {
        self.len == 0
    }

    /// The index of the last: its chunk, and four bits for the place there.
    fn last(self) -> u32 {
        self.top << 4 | (self.len - 1)
    }
}

impl Lists {
    pub(super) const fn new() -> Self {
        Self {
            chunks: Vec::new(),
            free: END,
        }
    }

    /// Puts one in. Gives its index.
    pub(super) fn push(&mut self, list: &mut List, timer: Waiting) -> u32 {
        if list.is_empty() || list.len == FULL {
            list.top = self.chunk(list.top);
            list.len = 0;
        }
        list.len += 1;
        *self.at(list.last()) = timer;
        list.last()
    }

    /// A chunk with nobody in it, on top of `next`.
    fn chunk(&mut self, next: u32) -> u32 {
        if let Some(free) = self.chunks.get_mut(self.free as usize) {
            let top = self.free;
            self.free = std::mem::replace(&mut free.next, next);
            return top;
        }
        let nobody = Waiting {
            deadline: 0,
            slot: 0,
        };
        let timers = [nobody; FULL as usize];
        self.chunks.push(Chunk { timers, next });
        // At most 2^31 timers, and a chunk for each bucket that is not full: the number has room in 28 bits.
        self.chunks.len() as u32 - 1
    }

    /// Takes the last.
    pub(super) fn pop(&mut self, list: &mut List) -> Option<Waiting> {
        if list.is_empty() {
            return None;
        }
        let timer = *self.at(list.last());
        list.len -= 1;
        if list.len == 0 {
            let chunk = &mut self.chunks[list.top as usize];
            let next = std::mem::replace(&mut chunk.next, self.free);
            if !planted(Mistake::LosesChunks) {
                self.free = list.top;
            }
            list.top = next;
            list.len = if next == END { 0 } else { FULL };
        }
        Some(timer)
    }

    /// Takes the one at `index`. If another has its place now, gives that.
    pub(super) fn remove(&mut self, list: &mut List, index: u32) -> Option<Waiting> {
        let is_last = list.last() == index;
        let last = self.pop(list)?;
        if is_last {
            return None;
        }
        *self.at(index) = last;
        Some(last)
    }

    fn at(&mut self, index: u32) -> &mut Waiting {
        &mut self.chunks[(index >> 4) as usize].timers[(index & 15) as usize]
    }

    /// For how many timers there is memory.
    #[cfg(test)]
    pub(super) fn capacity(&self) -> usize {
        self.chunks.len() * FULL as usize
    }
}
