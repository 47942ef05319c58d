//! Where the tasks are, and in which order they are polled.

use std::collections::VecDeque;
use std::rc::Rc;

use crate::task::Runnable;
use crate::ticket::{LAST_GENERATION, SLOTS};

/// The slot of what `block_on` waits for: never free, and never with a task in it.
pub(crate) const MAIN: u32 = 0;

pub(crate) struct Slots {
    all: Vec<Slot>,
    free: Vec<u32>,
    /// Each slot is in it at most once.
    ready: VecDeque<u32>,
    tasks: usize,
}

#[derive(Default)]
struct Slot {
    /// None while it is polled, and when it is over.
    task: Option<Rc<dyn Runnable>>,
    /// One more for each task that was in this slot.
    generation: u32,
    /// It is in `ready`.
    queued: bool,
    /// It is to be dropped instead of polled.
    aborted: bool,
}

/// What comes out of the ready queue.
pub(crate) enum Next {
    Main,
    Task {
        slot: u32,
        generation: u32,
        task: Rc<dyn Runnable>,
        aborted: bool,
    },
}

impl Slots {
    pub(crate) fn new() -> Self {
        Self {
            all: vec![Slot::default()],
            free: Vec::new(),
            ready: VecDeque::new(),
            tasks: 0,
        }
    }

    /// Takes a task in, ready to be polled. Gives its slot and generation.
    ///
    /// # Panics
    ///
    /// There are 67,108,863 tasks already.
    pub(crate) fn insert(&mut self, task: Rc<dyn Runnable>) -> (u32, u32) {
        let slot = self.free.pop().unwrap_or_else(|| {
            let slot = u32::try_from(self.all.len()).unwrap_or(SLOTS);
            assert!(slot < SLOTS, "at most 67,108,863 tasks at once");
            self.all.push(Slot::default());
            slot
        });
        let entry = &mut self.all[slot as usize];
        entry.task = Some(task);
        entry.queued = true;
        self.ready.push_back(slot);
        self.tasks += 1;
        (slot, entry.generation)
    }

    /// Puts a task into the ready queue. False if it is there already, or over.
    pub(crate) fn ready(&mut self, slot: u32, generation: u32) -> bool {
        let Some(entry) = self.all.get_mut(slot as usize) else {
            return false;
        };
        if entry.generation != generation || entry.queued {
            return false;
        }
        entry.queued = true;
        self.ready.push_back(slot);
        true
    }

    /// Has a task dropped when its turn comes. False if it is over, or if it is in the ready queue already.
    pub(crate) fn abort(&mut self, slot: u32, generation: u32) -> bool {
        match self.all.get_mut(slot as usize) {
            Some(entry) if entry.generation == generation => entry.aborted = true,
            _ => return false,
        }
        self.ready(slot, generation)
    }

    /// The next that is ready; a task has to be put back or be over afterwards.
    pub(crate) fn next(&mut self) -> Option<Next> {
        loop {
            let slot = self.ready.pop_front()?;
            let entry = &mut self.all[slot as usize];
            entry.queued = false;
            if slot == MAIN {
                return Some(Next::Main);
            }
            if let Some(task) = entry.task.take() {
                return Some(Next::Task {
                    slot,
                    generation: entry.generation,
                    task,
                    aborted: entry.aborted,
                });
            }
            // It was over when it was woken for the last time.
            self.release(slot);
        }
    }

    /// Puts back a task that waits.
    pub(crate) fn put_back(&mut self, slot: u32, task: Rc<dyn Runnable>) {
        self.all[slot as usize].task = Some(task);
    }

    /// The task in this slot is over: from now on its tickets lead nowhere.
    pub(crate) fn over(&mut self, slot: u32) {
        self.tasks -= 1;
        let entry = &mut self.all[slot as usize];
        entry.aborted = false;
        // One more than the last generation is on no ticket: tickets and tasks never get confused.
        entry.generation += 1;
        if !entry.queued {
            self.release(slot);
        }
    }

    fn release(&mut self, slot: u32) {
        if self.all[slot as usize].generation <= LAST_GENERATION {
            self.free.push(slot);
        }
    }

    /// A new `block_on` begins. Gives its generation.
    pub(crate) fn new_main(&mut self) -> u32 {
        let main = &mut self.all[MAIN as usize];
        // Old tickets may come to life again after four million: to a poll too many.
        main.generation = (main.generation + 1) & LAST_GENERATION;
        main.generation
    }

    /// Takes out any task, at shutdown.
    pub(crate) fn take_any(&mut self) -> Option<Rc<dyn Runnable>> {
        self.ready.clear();
        while let Some(entry) = self.all.pop() {
            if let Some(task) = entry.task {
                self.tasks -= 1;
                return Some(task);
            }
        }
        None
    }

    pub(crate) fn tasks(&self) -> usize {
        self.tasks
    }

    pub(crate) fn queued(&self) -> usize {
        self.ready.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task::Task;

    /// The figure that the README gives.
    #[test]
    fn a_slot_is_24_bytes() {
        assert_eq!(size_of::<Slot>(), 24);
    }

    /// FC03: the tickets of a slot never come round again to another task.
    #[test]
    fn fc03_a_slot_that_has_had_its_last_generation_is_not_used_again() {
        let mut slots = Slots::new();
        let task = || Rc::new(Task::new(std::future::ready(()))) as Rc<dyn Runnable>;
        let (slot, _) = slots.insert(task());
        slots.all[slot as usize].generation = LAST_GENERATION;
        assert!(matches!(slots.next(), Some(Next::Task { .. })));
        slots.over(slot);
        assert_ne!(slots.insert(task()).0, slot);
    }
}
