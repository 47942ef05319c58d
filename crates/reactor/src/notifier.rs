use std::fmt;
use std::io;
use std::sync::Arc;

use mio::{Registry, Waker};

use crate::sources::NOTIFIER;

/// Rouses a reactor, from any thread. Made by [`Reactor::notifier`](crate::Reactor::notifier).
///
/// One that outlives its reactor does nothing.
#[derive(Clone)]
pub struct Notifier {
    /// Owns what it writes to (an eventfd on Linux): it is never a number that something else has got since.
    waker: Arc<Waker>,
}

impl Notifier {
    pub(crate) fn new(registry: &Registry) -> io::Result<Self> {
        let waker = Waker::new(registry, NOTIFIER)?;
        Ok(Self {
            waker: Arc::new(waker),
        })
    }

    /// Has the reactor's [`poll`](crate::Reactor::poll) return: the one that sleeps, or the next one. Many calls may be
    /// one to it.
    ///
    /// It is a system call; so first ask whether the reactor's thread sleeps at all.
    pub fn notify(&self) {
        // The system refuses only for want of memory. There is nobody to tell, and the next call may succeed.
        if let Err(error) = self.waker.wake() {
            debug_assert!(false, "a reactor cannot be roused: {error}");
        }
    }
}

impl fmt::Debug for Notifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Notifier").finish_non_exhaustive()
    }
}
