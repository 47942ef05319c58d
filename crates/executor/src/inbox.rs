//! Where the tickets go that are presented on other threads. Everything that two threads touch is in this file, under
//! one lock.

use std::mem;
use std::sync::PoisonError;
#[cfg(loom)]
use std::sync::atomic::Ordering::Relaxed;

use crate::planted::{Mistake, planted};
use crate::sync::{Condvar, Mutex, MutexGuard};
use crate::ticket::Ticket;

/// What is wanted for the task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Want {
    Wake,
    Abort,
}

pub(crate) type Letter = (Ticket, Want);

pub(crate) struct Inbox {
    state: Mutex<State>,
    arrived: Condvar,
    unpark: Option<Box<dyn Fn() + Send + Sync>>,
    /// Only a planted mistake looks at it.
    #[cfg(loom)]
    hint: loom::sync::atomic::AtomicBool,
}

#[derive(Default)]
struct State {
    /// In the order in which they came; no two are the same.
    letters: Vec<Letter>,
    /// What there is for each slot, up to the highest that was ever woken from elsewhere.
    marks: Vec<Mark>,
    /// The executor sleeps, or is about to: the next letter has to rouse it. Never set while there are letters.
    asleep: bool,
    /// The executor is gone. Never set back.
    closed: bool,
}

/// What the inbox knows of a slot.
#[derive(Clone, Copy, Default)]
struct Mark {
    /// The newest generation for which a letter has come. Those before it are over.
    generation: u32,
    /// For which wants there is a letter: their bits.
    wants: u8,
}

impl Mark {
    /// Notes that a letter has come. False if it need not be kept: there is one like it, or its task is over.
    fn note(&mut self, generation: u32, want: Want) -> bool {
        if generation > self.generation && !planted(Mistake::MarksSlotsNotTasks) {
            *self = Self {
                generation,
                wants: 0,
            };
        }
        let over = generation < self.generation;
        if over && !planted(Mistake::MarksForWhatIsOver) {
            return false;
        }
        let bit = match want {
            Want::Abort if !planted(Mistake::TakesAbortForADuplicate) => 2,
            _ => 1,
        };
        let known = self.wants & bit != 0;
        self.wants |= bit;
        !over && (!known || planted(Mistake::KeepsDuplicates))
    }
}

impl Inbox {
    pub(crate) fn new(unpark: Option<Box<dyn Fn() + Send + Sync>>) -> Self {
        Self {
            state: Mutex::new(State::default()),
            arrived: Condvar::new(),
            unpark,
            #[cfg(loom)]
            hint: loom::sync::atomic::AtomicBool::new(false),
        }
    }

    /// From any thread. Only the letter that ends a sleep costs more than the lock.
    pub(crate) fn put(&self, (ticket, want): Letter) {
        #[cfg(loom)]
        if planted(Mistake::TakesNoLockForADuplicate) && self.hint.load(Relaxed) {
            return;
        }
        let mut state = self.lock();
        if state.closed && !planted(Mistake::TakesTicketsAfterTheEnd) {
            return;
        }
        let slot = ticket.slot() as usize;
        if state.marks.len() <= slot {
            state.marks.resize(slot + 1, Mark::default());
        }
        if !state.marks[slot].note(ticket.generation(), want) {
            return;
        }
        if planted(Mistake::DropsTheTicketOfOneAwake) && !state.asleep {
            return;
        }
        let want = match want {
            Want::Abort if planted(Mistake::TakesAbortForAWake) => Want::Wake,
            want => want,
        };
        state.letters.push((ticket, want));
        #[cfg(loom)]
        self.hint.store(true, Relaxed);
        let asleep = mem::take(&mut state.asleep);
        if planted(Mistake::RousesForEachLetter) {
            state.asleep = asleep;
        }
        let asleep = asleep || planted(Mistake::RousesTheAwake);
        if planted(Mistake::UnparksUnderTheLock) {
            return self.rouse(asleep);
        }
        drop(state);
        // Outside the lock: the one who is roused wants it, and `unpark` is not ours.
        self.rouse(asleep);
    }

    fn rouse(&self, asleep: bool) {
        if asleep && !planted(Mistake::NoNotify) {
            self.arrived.notify_one();
            if let Some(unpark) = &self.unpark {
                unpark();
            }
        }
    }

    /// Moves all letters into `to`, which is empty. The executor is awake.
    pub(crate) fn take(&self, to: &mut Vec<Letter>) {
        let mut state = self.lock();
        if !planted(Mistake::StaysAsleepThroughATurn) {
            state.asleep = false;
        }
        mem::swap(&mut state.letters, to);
        #[cfg(loom)]
        self.hint.store(false, Relaxed);
        if planted(Mistake::TakesOneLetter) {
            to.truncate(1);
        }
        if planted(Mistake::TakesTheLastFirst) {
            to.reverse();
        }
        for (ticket, _) in &*to {
            if !planted(Mistake::NeverForgetsWhatItSaw) {
                state.marks[ticket.slot() as usize].wants = 0;
            }
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        planted(Mistake::LooksAtItsQueueAlone) || self.lock().letters.is_empty()
    }

    /// Says that the executor is about to sleep, unless there are letters.
    pub(crate) fn fall_asleep(&self) -> bool {
        if planted(Mistake::AnnouncesInTwoSteps) {
            let empty = self.is_empty();
            self.lock().asleep = empty;
            return empty;
        }
        let mut state = self.lock();
        state.asleep = state.letters.is_empty() || planted(Mistake::AnnouncesWithoutALook);
        state.asleep
    }

    /// Sleeps until there are letters.
    pub(crate) fn sleep(&self) {
        if planted(Mistake::SleepsWithoutALook) {
            let empty = self.is_empty();
            let mut state = self.lock();
            state.asleep = true;
            if empty {
                drop(self.arrived.wait(state));
            }
            return;
        }
        let mut state = self.lock();
        // The look and the sleep are one step under the lock: nobody can come in between (FC01).
        while state.letters.is_empty() {
            state.asleep = true;
            state = self
                .arrived
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        state.asleep = false;
    }

    /// Takes no letter from now on, and forgets those that are there.
    pub(crate) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        state.asleep = false;
        if !planted(Mistake::KeepsLettersAtTheEnd) {
            state.letters = Vec::new();
            state.marks = Vec::new();
        }
    }

    #[cfg(loom)]
    pub(crate) fn len(&self) -> usize {
        self.lock().letters.len()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics under the lock but an allocation that fails, before anything is changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
