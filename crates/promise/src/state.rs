//! What the two ends share: one lock, and the states under it.
//!
//! The states and the steps between them are drawn in the README. The rule that makes every step safe to interrupt:
//! under the lock nothing runs but moves of values. Callbacks are called, wakers woken and values dropped after it is
//! given back, with the outcome on the stack of whoever settles.

use std::mem;
use std::panic::{self, AssertUnwindSafe};
use std::task::Waker;

use crate::error::quietly;
use crate::sync::{Arc, Mutex, lock};
use crate::{Error, Promise};

#[cfg(all(test, not(loom)))]
mod tests;

pub(crate) type Outcome<T> = Result<T, Error>;
pub(crate) type Callback<T> = Box<dyn FnOnce(&Outcome<T>) + Send>;

/// The one who goes on when the outcome is there; always called last.
pub(crate) enum Waiter<T> {
    /// A task that polled the future.
    Waker(Waker),
    /// The rest of a coroutine, or anything else that [`Source::wait`] was given.
    Call(Box<dyn FnOnce() + Send>),
    /// The future was chained: the outcome goes on to another pair.
    Forward(Promise<T>),
}

enum State<T> {
    Pending {
        callbacks: Vec<Callback<T>>,
        waiter: Option<Waiter<T>>,
    },
    /// Somebody is calling callbacks and has the outcome on its stack.
    Settling {
        added: Vec<Callback<T>>,
        waiter: Option<Waiter<T>>,
        /// It was done before: this round serves a callback that was added later.
        again: bool,
    },
    Done {
        outcome: Outcome<T>,
        asked: bool,
    },
    Taken,
}

/// The one allocation of a pair.
pub(crate) struct Inner<T>(Mutex<State<T>>);

impl<T> Inner<T> {
    pub(crate) fn pending() -> Arc<Self> {
        Self::new(State::Pending {
            callbacks: Vec::new(),
            waiter: None,
        })
    }

    pub(crate) fn done(outcome: Outcome<T>) -> Arc<Self> {
        Self::new(State::Done {
            outcome,
            asked: false,
        })
    }

    fn new(state: State<T>) -> Arc<Self> {
        Arc::new(Inner(Mutex::new(state)))
    }

    pub(crate) fn is_done(&self) -> bool {
        match *lock(&self.0) {
            State::Pending { .. } => false,
            State::Settling { again, .. } => again,
            State::Done { .. } | State::Taken => true,
        }
    }

    /// The promise's step. If the future was chained, what is to be settled next comes back, so that a chain of any
    /// length is settled in a loop and not in a recursion.
    pub(crate) fn settle(&self, outcome: Outcome<T>) -> Option<(Promise<T>, Outcome<T>)> {
        let mut state = lock(&self.0);
        let State::Pending { callbacks, waiter } = &mut *state else {
            unreachable!("a promise settles once")
        };
        let callbacks = mem::take(callbacks);
        let waiter = waiter.take();
        *state = State::Settling {
            added: Vec::new(),
            waiter,
            again: false,
        };
        drop(state);
        self.call_all(callbacks, outcome, false)
    }

    /// Calls `callback` in its turn: later, now, or after those that are being called now.
    pub(crate) fn add_callback(&self, callback: Callback<T>) {
        let mut state = lock(&self.0);
        match &mut *state {
            State::Pending { callbacks, .. } => callbacks.push(callback),
            State::Settling { added, .. } => added.push(callback),
            State::Taken => unreachable!("the one who takes owns the future"),
            State::Done { .. } => {
                let again = State::Settling {
                    added: Vec::new(),
                    waiter: None,
                    again: true,
                };
                let State::Done { outcome, asked } = mem::replace(&mut *state, again) else {
                    unreachable!("matched above")
                };
                drop(state);
                // Nobody waits for what is done, so nothing is chained to it.
                let next = self.call_all(vec![callback], outcome, asked);
                debug_assert!(next.is_none());
            }
        }
    }

    /// Calls `callbacks`, then those added meanwhile, until there are none; then stores the outcome and calls the
    /// waiter. The state is `Settling` before, and only the thread in here leaves that state.
    fn call_all(
        &self,
        mut callbacks: Vec<Callback<T>>,
        outcome: Outcome<T>,
        mut asked: bool,
    ) -> Option<(Promise<T>, Outcome<T>)> {
        loop {
            for callback in callbacks {
                asked = true;
                shielded(|| callback(&outcome));
            }
            let mut state = lock(&self.0);
            let State::Settling { added, waiter, .. } = &mut *state else {
                unreachable!("only the one who settles leaves this state")
            };
            if !added.is_empty() {
                callbacks = mem::take(added);
                continue;
            }
            let waiter = waiter.take();
            if let Some(Waiter::Forward(to)) = waiter {
                *state = State::Taken;
                return Some((to, outcome));
            }
            *state = State::Done { outcome, asked };
            drop(state);
            match waiter {
                Some(Waiter::Waker(waker)) => shielded(|| waker.wake()),
                Some(Waiter::Call(call)) => shielded(call),
                Some(Waiter::Forward(_)) | None => {}
            }
            return None;
        }
    }

    /// Puts `waiter` in the slot, in the place of an older one; gives it back if the outcome is there already.
    pub(crate) fn wait(&self, waiter: Waiter<T>) -> Result<(), Waiter<T>> {
        let older = match &mut *lock(&self.0) {
            State::Pending { waiter: slot, .. }
            | State::Settling {
                waiter: slot,
                again: false,
                ..
            } => slot.replace(waiter),
            State::Settling { again: true, .. } | State::Done { .. } | State::Taken => {
                return Err(waiter);
            }
        };
        // Dropped here, not under the lock: it may hold the other end of this very pair.
        drop(older);
        Ok(())
    }

    /// Takes the outcome, if it is there. Only the owner of the future calls this.
    ///
    /// # Panics
    ///
    /// If it was taken before.
    #[track_caller]
    pub(crate) fn take(&self) -> Option<Outcome<T>> {
        let mut state = lock(&self.0);
        match &*state {
            State::Done { .. } => {}
            State::Pending { .. } | State::Settling { .. } => return None,
            State::Taken => {
                drop(state);
                panic!("this future has given its outcome away already")
            }
        }
        match mem::replace(&mut *state, State::Taken) {
            State::Done { outcome, .. } => Some(outcome),
            _ => unreachable!("matched above"),
        }
    }

    /// The future is dropped: its task is not to be woken. What else waits, waits for the outcome, not for the future.
    pub(crate) fn forget_waker(&self) {
        let waker = match &mut *lock(&self.0) {
            State::Pending { waiter, .. } | State::Settling { waiter, .. } => {
                waiter.take_if(|waiter| matches!(waiter, Waiter::Waker(_)))
            }
            State::Done { .. } | State::Taken => None,
        };
        drop(waker);
    }
}

impl<T> Drop for Inner<T> {
    /// The last end is gone.
    fn drop(&mut self) {
        let state = self.0.get_mut().expect("never poisoned: see `lock`");
        if let State::Done {
            outcome: Err(error),
            asked: false,
        } = state
        {
            log::error!("Future exception was never retrieved: {error:#}");
        }
    }
}

/// Something that will be done once, whatever its type: all that one who waits has to know.
pub(crate) trait Source: Send + Sync {
    /// Whether the outcome can be taken.
    fn is_done(&self) -> bool;

    /// Has `waiter` called when the outcome can be taken, on the thread that settles, after all callbacks; gives it
    /// back if that is so already. There is one place: a newer waiter has an older one dropped.
    fn wait(&self, waiter: Box<dyn FnOnce() + Send>) -> Result<(), Box<dyn FnOnce() + Send>>;
}

impl<T: Send> Source for Inner<T> {
    fn is_done(&self) -> bool {
        self.is_done()
    }

    fn wait(&self, waiter: Box<dyn FnOnce() + Send>) -> Result<(), Box<dyn FnOnce() + Send>> {
        match self.wait(Waiter::Call(waiter)) {
            Ok(()) => Ok(()),
            Err(Waiter::Call(waiter)) => Err(waiter),
            Err(_) => unreachable!("what is refused is what was offered"),
        }
    }
}

/// Calls what a user gave. A panic in it is logged and goes no further: the others still have to run.
pub(crate) fn shielded(call: impl FnOnce()) {
    let Err(payload) = panic::catch_unwind(AssertUnwindSafe(call)) else {
        return;
    };
    let error = Error::panicked(payload);
    // The logger is somebody else's code too.
    quietly(|| log::error!("Exception in callback: {error:#}"));
}
