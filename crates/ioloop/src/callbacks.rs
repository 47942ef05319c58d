//! What is to be called in the next turn, from this thread and from others.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::mem;
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

    pub(crate) fn is_empty(&self) -> bool {
        self.queue.borrow().is_empty()
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
    queue: Mutex<Queue>,
    /// Whether there may be callbacks: to ask costs no lock.
    any: AtomicBool,
    notifier: Notifier,
}

#[derive(Default)]
struct Queue {
    sent: Vec<Sent>,
    /// The loop has said that it is about to sleep, and nobody has roused it since. It may be awake for another reason:
    /// then it is roused for nothing, once. Never set while there are callbacks.
    asleep: bool,
    closed: bool,
}

impl Remote {
    pub(crate) fn new(loop_number: u64, notifier: Notifier) -> Self {
        Self {
            loop_number,
            queue: Mutex::default(),
            any: AtomicBool::new(false),
            notifier,
        }
    }

    pub(crate) fn push(&self, callback: Sent) {
        let mut queue = self.lock();
        if queue.closed {
            drop(queue);
            drop(callback);
            return;
        }
        queue.sent.push(callback);
        self.any.store(true, Ordering::Relaxed);
        let asleep = mem::take(&mut queue.asleep);
        drop(queue);
        if asleep {
            self.notifier.notify();
        }
    }

    /// What came since it was asked the last time, in the order in which it came; nothing if there is nothing.
    pub(crate) fn take(&self) -> Option<Vec<Sent>> {
        // Whoever is seen too late here is seen by `will_park`, under the lock.
        if !self.any.load(Ordering::Relaxed) {
            return None;
        }
        let mut queue = self.lock();
        self.any.store(false, Ordering::Relaxed);
        Some(mem::take(&mut queue.sent))
    }

    /// Says that the loop is about to sleep, unless there are callbacks: the look and the announcement are one step, and
    /// nobody can come in between.
    pub(crate) fn will_park(&self) -> bool {
        let mut queue = self.lock();
        queue.asleep = queue.sent.is_empty();
        queue.asleep
    }

    pub(crate) fn close(&self) {
        let mut queue = self.lock();
        queue.closed = true;
        let sent = mem::take(&mut queue.sent);
        drop(queue);
        drop(sent);
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        // Nothing panics under it but an allocation that fails, before anything is changed.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
