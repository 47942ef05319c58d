//! Functions that are called while a file descriptor is ready.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::io;
use std::os::fd::{AsFd, AsRawFd, RawFd};
use std::rc::Rc;

use mio::unix::SourceFd;
use reactor::{Interest, Readiness, SourceId};

use crate::current;
use crate::io_loop::IoLoop;

/// By their file descriptors.
#[derive(Default)]
pub(crate) struct Handlers {
    all: RefCell<BTreeMap<RawFd, Handler>>,
}

#[derive(Clone)]
struct Handler {
    id: SourceId,
    interest: Rc<Cell<Interest>>,
    /// Keeps the descriptor open as long as it is watched.
    _io: Rc<dyn Any>,
}

impl Handlers {
    fn get(&self, fd: RawFd) -> Option<Handler> {
        self.all.borrow().get(&fd).cloned()
    }

    pub(crate) fn close(&self) {
        let all = self.all.take();
        drop(all);
    }
}

fn asked(interest: Interest) -> Readiness {
    let mut asked = Readiness::ENDED;
    if interest.is_readable() {
        asked = asked | Readiness::READABLE;
    }
    if interest.is_writable() {
        asked = asked | Readiness::WRITABLE;
    }
    asked
}

impl IoLoop {
    /// Has `handler` called in each turn in which `io` is ready for what `interest` says, and on an error: also again
    /// for what it left unread (level-triggered, as in Tornado). It gets `io` and what it is ready for.
    ///
    /// The loop keeps `io` until [`remove_handler`](IoLoop::remove_handler) or its end, and so it stays open; to share
    /// it, give an `Rc`. On Unix only; anything with a file descriptor for which the system can wait will do. It should
    /// not block.
    ///
    /// This costs a system call for each call. [`Source`](crate::Source), under the streams, does without.
    ///
    /// ```
    /// use std::io::{Read, Write, pipe};
    ///
    /// use ioloop::{Interest, IoLoop};
    ///
    /// let io_loop = IoLoop::new()?;
    /// let (there, mut here) = pipe()?;
    /// io_loop.add_handler(there, Interest::READABLE, |mut there, _| {
    ///     let mut byte = [0];
    ///     there.read_exact(&mut byte).unwrap();
    ///     if byte == *b"." {
    ///         IoLoop::current().stop();
    ///     }
    /// })?;
    /// here.write_all(b"one byte a turn.")?;
    /// io_loop.run();
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `AlreadyExists` if the descriptor has a handler. What the system says: `PermissionDenied` for a regular file on
    /// Linux.
    pub fn add_handler<S: AsFd + 'static>(
        &self,
        io: S,
        interest: Interest,
        handler: impl FnMut(&S, Readiness) + 'static,
    ) -> io::Result<RawFd> {
        let fd = io.as_fd().as_raw_fd();
        let io = Rc::new(io);
        let shared_interest = Rc::new(Cell::new(interest));
        let handler = RefCell::new(handler);
        let (its_io, its_interest) = (io.clone(), shared_interest.clone());
        let callback = move |ready: Readiness| {
            let Some(inner) = current::get() else { return };
            let ready = ready & asked(its_interest.get());
            if ready != Readiness::NONE {
                inner.call(|| (handler.borrow_mut())(&its_io, ready));
            }
            // The system looks again: what is left has the handler called in the next turn. A handler that has removed
            // itself is not there any more.
            if let Some(handler) = inner.handlers.get(fd)
                && Rc::ptr_eq(&handler.interest, &its_interest)
            {
                let interest = its_interest.get();
                let rearmed = inner
                    .reactor
                    .rewatch(handler.id, &mut SourceFd(&fd), interest);
                if let Err(error) = rearmed {
                    inner.exception(&error.into());
                }
            }
        };
        if self.inner.handlers.get(fd).is_some() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let reactor = &self.inner.reactor;
        let id = reactor.watch(&mut SourceFd(&fd), interest, Rc::new(callback))?;
        let handler = Handler {
            id,
            interest: shared_interest,
            _io: io,
        };
        let before = self.inner.handlers.all.borrow_mut().insert(fd, handler);
        debug_assert!(before.is_none());
        Ok(fd)
    }

    /// Changes what the handler of `fd` is called for.
    ///
    /// # Errors
    ///
    /// `NotFound` if `fd` has no handler. What the system says.
    pub fn update_handler(&self, fd: impl AsRawFd, interest: Interest) -> io::Result<()> {
        let fd = fd.as_raw_fd();
        let handler = self.inner.handlers.get(fd);
        let handler = handler.ok_or(io::ErrorKind::NotFound)?;
        handler.interest.set(interest);
        let reactor = &self.inner.reactor;
        reactor.rewatch(handler.id, &mut SourceFd(&fd), interest)
    }

    /// Ends the calls of the handler of `fd`, also the one that is due in this very turn, and drops what it watched. It
    /// is no error if there is none.
    pub fn remove_handler(&self, fd: impl AsRawFd) {
        let fd = fd.as_raw_fd();
        let handler = self.inner.handlers.all.borrow_mut().remove(&fd);
        if let Some(handler) = handler {
            // Unknown to the system is as good as removed.
            let _ = self.inner.reactor.unwatch(handler.id, &mut SourceFd(&fd));
        }
    }
}
