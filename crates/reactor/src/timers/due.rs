//! The timers whose tick has begun: a heap.

use super::planted::{Mistake, planted};
use super::slots::{Entry, Slots};

/// This list, in a `Place`.
pub(super) const DUE: u32 = u32::MAX;

/// A binary heap: who is at `i` is before those at `2i + 1` and `2i + 2`. The slots know where each is, so any of them
/// can be taken out.
pub(super) struct Due {
    heap: Vec<Entry>,
}

impl Due {
    pub(super) const fn new() -> Self {
        Self { heap: Vec::new() }
    }

    pub(super) fn first(&self) -> Option<Entry> {
        self.heap.first().copied()
    }

    pub(super) fn push<T>(&mut self, entry: Entry, slots: &mut Slots<T>) {
        let bottom = self.heap.len();
        self.heap.push(entry);
        self.rise(bottom, entry, slots);
    }

    pub(super) fn remove<T>(&mut self, index: u32, slots: &mut Slots<T>) {
        let index = index as usize;
        let removed = self.heap.swap_remove(index);
        let Some(&last) = self.heap.get(index) else {
            return;
        };
        // It comes from the bottom, but not always from below this place.
        if last.is_before(&removed) && !planted(Mistake::OnlySinks) {
            self.rise(index, last, slots);
        } else {
            self.sink(index, last, slots);
        }
    }

    /// Sets `entry` at `index`, or above it.
    fn rise<T>(&mut self, mut index: usize, entry: Entry, slots: &mut Slots<T>) {
        while index > 0 {
            let parent = (index - 1) / 2;
            if !entry.is_before(&self.heap[parent]) {
                break;
            }
            self.set(index, self.heap[parent], slots);
            index = parent;
        }
        self.set(index, entry, slots);
    }

    /// Sets `entry` at `index`, or below it.
    fn sink<T>(&mut self, mut index: usize, entry: Entry, slots: &mut Slots<T>) {
        loop {
            let mut child = 2 * index + 1;
            let Some(left) = self.heap.get(child) else {
                break;
            };
            if let Some(right) = self.heap.get(child + 1)
                && right.is_before(left)
            {
                child += 1;
            }
            if !self.heap[child].is_before(&entry) {
                break;
            }
            self.set(index, self.heap[child], slots);
            index = child;
        }
        self.set(index, entry, slots);
    }

    fn set<T>(&mut self, index: usize, entry: Entry, slots: &mut Slots<T>) {
        self.heap[index] = entry;
        // The heap is not longer than there are slots.
        slots.moved(entry.slot, DUE, index as u32);
    }
}
