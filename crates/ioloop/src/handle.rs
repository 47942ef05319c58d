use std::fmt;
use std::sync::Arc;

use crate::callbacks::{Callback, Remote};
use crate::current;
use crate::io_loop::IoLoop;

/// What other threads have of a loop. Made by [`IoLoop::handle`].
///
/// One that outlives its loop does nothing.
///
/// ```
/// use std::thread;
///
/// use ioloop::IoLoop;
///
/// let io_loop = IoLoop::new()?;
/// let handle = io_loop.handle();
/// let other = thread::spawn(move || handle.add_callback(|| IoLoop::current().stop()));
/// io_loop.run(); // sleeps until the other thread rouses it
/// other.join().unwrap();
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone)]
pub struct Handle {
    pub(crate) remote: Arc<Remote>,
}

impl Handle {
    /// Has `callback` called on the loop's thread, in its next turn; rouses the loop if it sleeps. Those of one thread
    /// are called in the order in which they were added.
    ///
    /// On a loop that is closed nothing happens: `callback` is dropped.
    pub fn add_callback(&self, callback: impl FnOnce() + Send + 'static) {
        match current::get() {
            Some(inner) if inner.number() == self.remote.loop_number => {
                inner.callbacks.push(Callback::Call(Box::new(callback)));
            }
            _ => self.remote.push(Box::new(callback)),
        }
    }

    /// Stops the loop, see [`IoLoop::stop`].
    pub fn stop(&self) {
        self.add_callback(|| {
            if let Some(io_loop) = IoLoop::try_current() {
                io_loop.stop();
            }
        });
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle").finish_non_exhaustive()
    }
}
