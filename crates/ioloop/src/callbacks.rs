//! What is to be called in the next turn, from this thread and from others.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use promise::Promise;
use reactor::Notifier;

/// What has its turn.
pub(crate) enum Callback {
    Call(Box<dyn FnOnce()>),
    /// A coroutine that let others go first goes on.
    Moment(Promise<()>),
}

/// The queue of this thread.
#[derive(Default)]
pub(crate) struct Callbacks {
    queue: RefCell<VecDeque<Callback>>,
    closed: Cell<bool>,
}

impl Callbacks {
    pub(crate) fn push(&self, callback: Callback) {
        if !self.closed.get() {
            self.queue.borrow_mut().push_back(callback);
        }
    }

    pub(crate) fn pop(&self) -> Option<Callback> {
        self.queue.borrow_mut().pop_front()
    }

    pub(crate) fn len(&self) -> usize {
        self.queue.borrow().len()
    }

    /// Takes no more, and drops what is there.
    pub(crate) fn close(&self) {
        self.closed.set(true);
        let queue = self.queue.take();
        drop(queue);
    }
}

pub(crate) type Sent = Box<dyn FnOnce() + Send>;

/// The part of a loop that other threads reach.
pub(crate) struct Remote {
    pub(crate) loop_number: u64,
    state: Mutex<State>,
    /// Whether there may be any: to ask costs no lock.
    any: AtomicBool,
    notifier: Notifier,
}

#[derive(Default)]
struct State {
    queue: Vec<Sent>,
    /// The loop sleeps, or is about to: the next callback has to rouse it. Never set while there are any.
    asleep: bool,
    closed: bool,
}

impl Remote {
    pub(crate) fn new(loop_number: u64, notifier: Notifier) -> Self {
        Self {
            loop_number,
            state: Mutex::default(),
            any: AtomicBool::new(false),
            notifier,
        }
    }

    pub(crate) fn push(&self, callback: Sent) {
        let mut state = self.lock();
        if state.closed {
            drop(state);
            drop(callback);
            return;
        }
        state.queue.push(callback);
        self.any.store(true, Ordering::Relaxed);
        let asleep = std::mem::take(&mut state.asleep);
        drop(state);
        if asleep {
            self.notifier.notify();
        }
    }

    /// What came since it was asked the last time, in the order in which it came. The loop is awake.
    pub(crate) fn take(&self) -> Vec<Sent> {
        // Whoever comes too late to be seen here comes before the lock of `will_park`, or finds the sleep announced.
        if !self.any.load(Ordering::Relaxed) {
            return Vec::new();
        }
        let mut state = self.lock();
        self.any.store(false, Ordering::Relaxed);
        state.asleep = false;
        std::mem::take(&mut state.queue)
    }

    /// Says that the loop is about to sleep, unless there are callbacks.
    pub(crate) fn will_park(&self) -> bool {
        let mut state = self.lock();
        state.asleep = state.queue.is_empty();
        state.asleep
    }

    pub(crate) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        state.asleep = false;
        let queue = std::mem::take(&mut state.queue);
        drop(state);
        drop(queue);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics under it but an allocation that fails, before anything is changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
