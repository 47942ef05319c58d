//! Where the tasks are, and in which order they are polled.

use std::mem;

use crate::planted::{Mistake, planted};
use crate::task::Work;
use crate::ticket::{LAST_GENERATION, SLOTS};

/// The slot of what `block_on` waits for: never free, and never with a task in it. Its generation stays: a waker that is
/// left of one `block_on` is one of the next, and costs it a poll too many.
pub(crate) const MAIN: u32 = 0;

/// In place of a slot's number: there is none behind it.
const END: u32 = u32::MAX;

/// In place of a slot's number: this one is in no list.
const ALONE: u32 = u32::MAX - 1;

/// A bit of the generation: the task is to be dropped, and its tickets are out of date.
const ABORTED: u32 = 1 << 31;

pub(crate) struct Slots {
    all: Vec<Slot>,
    /// The ready queue goes through the slots that are in it, from the first to the last.
    first: u32,
    last: u32,
    queued: usize,
    /// The slots that are free, likewise.
    free: u32,
    tasks: usize,
}

struct Slot {
    /// None while it is polled, and when it is over.
    task: Option<Work>,
    /// The next in the ready queue, or the next that is free.
    next: u32,
    /// One more for each task that was in this slot.
    generation: u32,
}

/// What comes out of the ready queue.
pub(crate) enum Next {
    Main,
    Task {
        slot: u32,
        generation: u32,
        work: Work,
        aborted: bool,
    },
}

impl Slots {
    pub(crate) fn new() -> Self {
        let main = Slot {
            task: None,
            next: ALONE,
            generation: 0,
        };
        Self {
            all: vec![main],
            first: END,
            last: END,
            queued: 0,
            free: END,
            tasks: 0,
        }
    }

    /// Takes a task in, ready to be polled. Gives its slot and generation.
    ///
    /// # Panics
    ///
    /// There are 67,108,863 tasks already.
    #[inline]
    pub(crate) fn insert(&mut self, work: Work) -> (u32, u32) {
        let slot = match self.free {
            END => self.add(),
            slot => slot,
        };
        let entry = &mut self.all[slot as usize];
        self.free = entry.next;
        entry.task = Some(work);
        let generation = entry.generation;
        self.push(slot);
        self.tasks += 1;
        (slot, generation)
    }

    /// A new slot, the only one that is free.
    fn add(&mut self) -> u32 {
        let slot = u32::try_from(self.all.len()).unwrap_or(SLOTS);
        assert!(slot < SLOTS, "at most 67,108,863 tasks at once");
        if self.all.len() == self.all.capacity() {
            // By a quarter, so that not much is held for nothing.
            self.all.reserve_exact(self.all.len() / 4 + 16);
        }
        self.all.push(Slot {
            task: None,
            next: END,
            generation: 0,
        });
        slot
    }

    /// To the end of the ready queue.
    #[inline]
    fn push(&mut self, slot: u32) {
        self.all[slot as usize].next = END;
        match self.last {
            END => self.first = slot,
            last => self.all[last as usize].next = slot,
        }
        self.last = slot;
        self.queued += 1;
    }

    /// Out of the front of the ready queue.
    #[inline]
    fn pop(&mut self) -> Option<(u32, &mut Slot)> {
        let slot = self.first;
        if slot == END {
            return None;
        }
        let entry = &mut self.all[slot as usize];
        self.first = mem::replace(&mut entry.next, ALONE);
        if self.first == END {
            self.last = END;
        }
        self.queued -= 1;
        Some((slot, entry))
    }

    /// Puts a task into the ready queue. False if it is there already, or over.
    #[inline]
    pub(crate) fn ready(&mut self, slot: u32, generation: u32) -> bool {
        let Some(entry) = self.all.get(slot as usize) else {
            return false;
        };
        let it_is = entry.generation == generation || planted(Mistake::WakesSlotsNotTasks);
        if !it_is || entry.next != ALONE {
            return false;
        }
        self.push(slot);
        true
    }

    /// Has a task dropped when its turn comes. False if it is over, or if it is in the ready queue already.
    pub(crate) fn abort(&mut self, slot: u32, generation: u32) -> bool {
        let news = self.ready(slot, generation);
        if let Some(entry) = self.all.get_mut(slot as usize)
            && entry.generation == generation
        {
            entry.generation |= ABORTED;
        }
        news
    }

    /// The next that is ready; a task has to be put back or be over afterwards.
    #[inline]
    pub(crate) fn next(&mut self) -> Option<Next> {
        loop {
            let (slot, entry) = self.pop()?;
            if slot == MAIN {
                return Some(Next::Main);
            }
            if let Some(work) = entry.task.take() {
                return Some(Next::Task {
                    slot,
                    generation: entry.generation & !ABORTED,
                    work,
                    aborted: entry.generation & ABORTED != 0,
                });
            }
            // It was over when it was woken for the last time.
            self.release(slot);
        }
    }

    /// Puts back a task that waits.
    #[inline]
    pub(crate) fn put_back(&mut self, slot: u32, work: Work) {
        self.all[slot as usize].task = Some(work);
    }

    /// The task in this slot is over: from now on its tickets lead nowhere.
    #[inline]
    pub(crate) fn over(&mut self, slot: u32) {
        self.tasks -= 1;
        let entry = &mut self.all[slot as usize];
        // One more than the last generation is on no ticket: tickets and tasks never get confused.
        entry.generation = (entry.generation & !ABORTED) + 1;
        if entry.next == ALONE {
            self.release(slot);
        }
    }

    fn release(&mut self, slot: u32) {
        let entry = &mut self.all[slot as usize];
        if entry.generation <= LAST_GENERATION {
            entry.next = self.free;
            self.free = slot;
        }
    }

    /// Takes out all tasks, at shutdown. From now on all tickets lead nowhere.
    pub(crate) fn close(&mut self) -> impl Iterator<Item = Work> + use<> {
        let closed = mem::replace(self, Self::new());
        closed.all.into_iter().filter_map(|slot| slot.task)
    }

    pub(crate) fn tasks(&self) -> usize {
        self.tasks
    }

    pub(crate) fn queued(&self) -> usize {
        self.queued
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::core::Core;
    use crate::inbox::Inbox;
    use crate::task;

    /// The figure that the README gives.
    #[test]
    fn a_slot_is_16_bytes() {
        assert_eq!(size_of::<Slot>(), 16);
    }

    /// FC03: the tickets of a slot never come round again to another task.
    #[test]
    fn fc03_a_slot_that_has_had_its_last_generation_is_not_used_again() {
        let core = Core::new(Arc::new(Inbox::new(None)));
        let mut slots = Slots::new();
        let task = || task::spawn(&core, std::future::ready(())).0;
        let (slot, _) = slots.insert(task());
        slots.all[slot as usize].generation = LAST_GENERATION;
        assert!(matches!(slots.next(), Some(Next::Task { .. })));
        slots.over(slot);
        assert_ne!(slots.insert(task()).0, slot);
    }
}
