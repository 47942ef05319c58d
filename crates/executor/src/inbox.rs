//! Where the tickets go that are presented on other threads. Everything that two threads touch is in this file, under
//! one lock.

use std::collections::HashSet;
use std::mem;
use std::sync::PoisonError;

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
}

#[derive(Default)]
struct State {
    /// In the order in which they came; no two are the same.
    letters: Vec<Letter>,
    /// The same once more, to find them.
    seen: HashSet<Letter>,
    /// The executor sleeps, or is about to: the next letter has to rouse it. Never set while there are letters.
    asleep: bool,
    /// The executor is gone. Never set back.
    closed: bool,
}

impl Inbox {
    pub(crate) fn new(unpark: Option<Box<dyn Fn() + Send + Sync>>) -> Self {
        Self {
            state: Mutex::new(State::default()),
            arrived: Condvar::new(),
            unpark,
        }
    }

    /// From any thread. Only the letter that ends a sleep costs more than the lock.
    pub(crate) fn put(&self, letter: Letter) {
        let mut state = self.lock();
        if state.closed && !planted(Mistake::TakesTicketsAfterTheEnd) {
            return;
        }
        let known = if planted(Mistake::TakesAbortForADuplicate) {
            !state.seen.insert((letter.0, Want::Wake))
        } else {
            !state.seen.insert(letter)
        };
        if known && !planted(Mistake::KeepsDuplicates) {
            return;
        }
        if planted(Mistake::DropsTheTicketOfOneAwake) && !state.asleep {
            return;
        }
        state.letters.push(letter);
        let asleep = mem::take(&mut state.asleep);
        drop(state);
        // Outside the lock: the one who is roused wants it, and `unpark` is not ours.
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
        state.asleep = false;
        mem::swap(&mut state.letters, to);
        if !planted(Mistake::NeverForgetsWhatItSaw) {
            state.seen.clear();
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.lock().letters.is_empty()
    }

    /// Says that the executor is about to sleep, unless there are letters.
    pub(crate) fn fall_asleep(&self) -> bool {
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
        state.letters = Vec::new();
        state.seen = HashSet::new();
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
