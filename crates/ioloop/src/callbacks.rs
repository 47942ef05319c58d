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
///
/// Two flags see to it that no callback finds the loop asleep for good. The sender puts the callback in, raises `any`, and
/// then looks whether the loop sleeps; the loop says that it sleeps, and then looks whether there is any. Whichever of the
/// two comes second sees the other: all four steps are in one order that all threads agree on (`SeqCst`).
pub(crate) struct Remote {
    pub(crate) loop_number: u64,
    queue: Mutex<Queue>,
    /// Whether there may be callbacks.
    any: AtomicBool,
    /// The loop sleeps, or is about to: who takes this back has to rouse it.
    asleep: AtomicBool,
    notifier: Notifier,
}

#[derive(Default)]
struct Queue {
    sent: Vec<Sent>,
    closed: bool,
}

impl Remote {
    pub(crate) fn new(loop_number: u64, notifier: Notifier) -> Self {
        Self {
            loop_number,
            queue: Mutex::default(),
            any: AtomicBool::new(false),
            asleep: AtomicBool::new(false),
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
        drop(queue);
        self.any.store(true, Ordering::SeqCst);
        if self.asleep.load(Ordering::SeqCst) && self.asleep.swap(false, Ordering::SeqCst) {
            self.notifier.notify();
        }
    }

    /// What came since it was asked the last time, in the order in which it came; nothing if there is nothing.
    pub(crate) fn take(&self) -> Option<Vec<Sent>> {
        if !self.any.load(Ordering::Relaxed) {
            return None;
        }
        self.any.store(false, Ordering::SeqCst);
        // What comes after that raises the flag again, though it may be taken here already.
        Some(std::mem::take(&mut self.lock().sent))
    }

    /// Says that the loop is about to sleep, unless there are callbacks.
    pub(crate) fn will_park(&self) -> bool {
        self.asleep.store(true, Ordering::SeqCst);
        !self.any.load(Ordering::SeqCst)
    }

    /// The loop is awake: nobody has to rouse it.
    pub(crate) fn awake(&self) {
        self.asleep.store(false, Ordering::Relaxed);
    }

    pub(crate) fn close(&self) {
        let mut queue = self.lock();
        queue.closed = true;
        let sent = std::mem::take(&mut queue.sent);
        drop(queue);
        drop(sent);
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        // Nothing panics under it but an allocation that fails, before anything is changed.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
