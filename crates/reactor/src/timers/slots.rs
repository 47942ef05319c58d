//! Where the values are, while what stands for them is moved about.

use super::planted::{Mistake, planted};
use super::wheel::TICK;

/// What the order goes by, and whose it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) deadline: u64,
    /// How many were put in before it: equal deadlines go by that.
    pub(super) number: u64,
    pub(super) slot: u32,
}

impl Entry {
    pub(super) fn is_before(&self, other: &Entry) -> bool {
        if planted(Mistake::GoesByTheTickOnly) {
            return (self.deadline >> TICK, self.number) < (other.deadline >> TICK, other.number);
        }
        if planted(Mistake::LastInFirstOut) {
            return (self.deadline, !self.number) < (other.deadline, !other.number);
        }
        (self.deadline, self.number) < (other.deadline, other.number)
    }
}

/// Where a timer is: in the heap, or in which bucket, and at which index.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) list: u32,
    pub(super) index: u32,
}

pub(super) struct Slots<T> {
    all: Vec<Slot<T>>,
    free: Vec<u32>,
}

struct Slot<T> {
    /// Of the timer that is in it; `NOBODY` in a free one.
    number: u64,
    place: Place,
    value: Option<T>,
}

const NOBODY: u64 = u64::MAX;
/// With more, a place in the lists of the wheel would not fit its 32 bits.
const MOST: u32 = 1 << 31;

impl<T> Slots<T> {
    pub(super) const fn new() -> Self {
        Self {
            all: Vec::new(),
            free: Vec::new(),
        }
    }

    /// Takes a timer in. It has no place yet.
    ///
    /// # Panics
    ///
    /// There are 2,147,483,648 timers already.
    pub(super) fn insert(&mut self, number: u64, value: T) -> u32 {
        let new = Slot {
            number,
            place: Place { list: 0, index: 0 },
            value: Some(value),
        };
        if let Some(slot) = self.free.pop() {
            self.all[slot as usize] = new;
            return slot;
        }
        let slot = u32::try_from(self.all.len()).unwrap_or(MOST);
        assert!(slot < MOST, "at most 2,147,483,648 timers at once");
        self.all.push(new);
        slot
    }

    /// Frees a slot that has a timer.
    pub(super) fn remove(&mut self, slot: u32) -> Option<T> {
        let entry = &mut self.all[slot as usize];
        entry.number = NOBODY;
        let value = entry.value.take();
        self.free.push(slot);
        if self.is_empty() {
            // The next are put side by side again, and not where those before them happened to end. No key is confused by
            // that: a number never comes again.
            self.all.clear();
            self.free.clear();
        }
        value
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all.len() == self.free.len()
    }

    /// Where the timer is, if it still is.
    pub(super) fn place(&self, slot: u32, number: u64) -> Option<Place> {
        let entry = self.all.get(slot as usize)?;
        let same =
            entry.number == number || planted(Mistake::ForgetsTheNumber) && entry.number != NOBODY;
        same.then_some(entry.place)
    }

    pub(super) fn get_mut(&mut self, slot: u32, number: u64) -> Option<&mut T> {
        self.place(slot, number)?;
        self.all[slot as usize].value.as_mut()
    }

    /// What stands in the heap for a timer.
    pub(super) fn entry(&self, deadline: u64, slot: u32) -> Entry {
        let number = self.all[slot as usize].number;
        Entry {
            deadline,
            number,
            slot,
        }
    }

    /// Notes where a timer is from now on.
    pub(super) fn moved(&mut self, slot: u32, list: u32, index: u32) {
        self.all[slot as usize].place = Place { list, index };
    }

    pub(super) fn len(&self) -> usize {
        self.all.len() - self.free.len()
    }
}
