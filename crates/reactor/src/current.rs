//! Finds a reactor: the one of this thread, or, to give back what it lent, any.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mio::Registry;

use crate::core::Core;
use crate::sources::Key;
use crate::timers::TimerKey;

thread_local! {
    static CURRENT: RefCell<Option<Rc<Core>>> = const { RefCell::new(None) };
    /// Its number once more: to be asked for each system call.
    static NUMBER: Cell<u64> = const { Cell::new(NONE) };
}

/// Calls `function` with the reactor of this thread, if there is one. The function calls no code of others.
#[inline]
pub(crate) fn with<T>(function: impl FnOnce(&Core) -> T) -> Option<T> {
    CURRENT
        .try_with(|current| current.borrow().as_deref().map(function))
        .unwrap_or(None)
}

/// Whether the reactor of this thread is the one with this number, and not closed.
#[inline]
pub(crate) fn is(number: u64) -> bool {
    NUMBER.get() == number
}

/// The reactor of this thread, to be called while nothing is borrowed.
pub(crate) fn get() -> Option<Rc<Core>> {
    CURRENT
        .try_with(|current| current.borrow().clone())
        .unwrap_or(None)
}

/// No reactor has it.
const NONE: u64 = u64::MAX;

fn set(core: Option<Rc<Core>>) -> Option<Rc<Core>> {
    let number = core.as_ref().filter(|core| !core.is_closed());
    NUMBER.set(number.map_or(NONE, |core| core.number()));
    CURRENT
        .try_with(|current| current.replace(core))
        .unwrap_or(None)
}

/// Calls `function` with `core` as the reactor of this thread, and then, also if it panics, puts back the one before.
pub(crate) fn enter<T>(core: &Rc<Core>, function: impl FnOnce() -> T) -> T {
    struct Back(Option<Rc<Core>>);
    impl Drop for Back {
        fn drop(&mut self) {
            drop(set(self.0.take()));
        }
    }
    let _back = Back(set(Some(core.clone())));
    function()
}

/// The reactor with this number is closed: from now on it is nobody's.
pub(crate) fn closed(number: u64) {
    if NUMBER.get() == number {
        NUMBER.set(NONE);
    }
}

/// What was dropped where its reactor does not run.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Dropped {
    Source(Key),
    Timer(TimerKey),
}

/// The part of a reactor that other threads reach.
pub(crate) struct Remote {
    pub(crate) registry: Registry,
    dropped: Mutex<Vec<Dropped>>,
    /// Whether there may be any: to ask costs no lock.
    any: AtomicBool,
}

static REMOTES: Mutex<BTreeMap<u64, Arc<Remote>>> = Mutex::new(BTreeMap::new());

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing panics under these locks but an allocation that fails, before anything is changed.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Remote {
    pub(crate) fn add(number: u64, registry: Registry) -> Arc<Remote> {
        let remote = Arc::new(Remote {
            registry,
            dropped: Mutex::default(),
            any: AtomicBool::new(false),
        });
        lock(&REMOTES).insert(number, remote.clone());
        remote
    }

    pub(crate) fn of(number: u64) -> Option<Arc<Remote>> {
        lock(&REMOTES).get(&number).cloned()
    }

    pub(crate) fn remove(number: u64) {
        let remote = lock(&REMOTES).remove(&number);
        drop(remote);
    }

    pub(crate) fn drops(&self, what: Dropped) {
        let mut dropped = lock(&self.dropped);
        dropped.push(what);
        self.any.store(true, Ordering::Relaxed);
    }

    pub(crate) fn nothing_dropped(&self) -> bool {
        // Whoever sees it too late sees it at the next poll; what is read next is under the lock.
        !self.any.load(Ordering::Relaxed)
    }

    /// What was dropped since it was asked the last time.
    pub(crate) fn take_dropped(&self) -> Vec<Dropped> {
        let mut dropped = lock(&self.dropped);
        self.any.store(false, Ordering::Relaxed);
        std::mem::take(&mut *dropped)
    }
}
