//! A Mutex whose locking is a step of the story.

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::panic::Location;
use std::ptr;

use crate::schedule::Step;
use crate::stage::{Me, explored, locked};

/// [`std::sync::Mutex`], but an [`Explorer`](crate::Explorer) tries every order in which
/// threads can lock it, and a panic while it is locked does not spoil it.
///
/// ```
/// use timeline::Mutex;
///
/// static SLOT: Mutex<Option<u32>> = Mutex::new(None);
/// *SLOT.lock() = Some(1);
/// assert_eq!(SLOT.lock().take(), Some(1));
/// ```
#[derive(Default)]
pub struct Mutex<T> {
    inner: std::sync::Mutex<T>,
}

impl<T> Mutex<T> {
    /// An unlocked Mutex.
    pub const fn new(value: T) -> Mutex<T> {
        Mutex {
            inner: std::sync::Mutex::new(value),
        }
    }

    /// Waits until nobody else holds the lock, and takes it until the guard is dropped.
    ///
    /// Locking it twice on one thread waits for ever (std may panic instead);
    /// an [`Explorer`](crate::Explorer) reports that as a deadlock.
    #[track_caller]
    pub fn lock(&self) -> MutexGuard<'_, T> {
        let id = ptr::from_ref(self).addr();
        let place = Location::caller();
        let held = explored().map(|me| {
            me.schedule().wait_for(me.id, Step::Lock(id), place);
            Held { me, id }
        });
        MutexGuard {
            inner: locked(&self.inner),
            _held: held,
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for Mutex<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

/// A locked [`Mutex`]; dropping it unlocks.
pub struct MutexGuard<'a, T> {
    // In this order: the lock is free before the schedule hears of it.
    inner: std::sync::MutexGuard<'a, T>,
    _held: Option<Held>,
}

struct Held {
    me: Me,
    id: usize,
}

impl Drop for Held {
    fn drop(&mut self) {
        self.me.schedule().unlocked(self.id);
    }
}

impl<T> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.inner
    }
}

impl<T> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.inner
    }
}

impl<T: fmt::Debug> fmt::Debug for MutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}
