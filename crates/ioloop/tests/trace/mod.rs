//! What happened, line by line.

use std::cell::RefCell;
use std::rc::Rc;

use ioloop::IoLoop;

/// A trace that everybody can add to.
#[derive(Clone, Default)]
pub(crate) struct Trace(Rc<RefCell<Vec<String>>>);

impl Trace {
    pub(crate) fn add(&self, line: impl Into<String>) {
        self.0.borrow_mut().push(line.into());
    }

    pub(crate) fn says(&self, line: &'static str) -> impl FnOnce() + use<> {
        let this = self.clone();
        move || this.add(line)
    }

    pub(crate) fn take(&self) -> Vec<String> {
        self.0.take()
    }
}

/// Stops the current loop.
pub(crate) fn stop() {
    IoLoop::current().stop();
}
