//! Which executor runs on this thread.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use crate::core::Core;
use crate::planted::{Mistake, planted};
use crate::record::Event;
use crate::registry;
use crate::ticket::Ticket;

#[derive(Default)]
struct Current {
    /// The one that `spawn` means, and whose tickets need no inbox.
    core: RefCell<Option<Rc<Core>>>,
    /// The number of the one that polls: another must not start inside it.
    runs: Cell<Option<u16>>,
}

#[cfg(not(loom))]
thread_local! {
    static CURRENT: Current = const { Current { core: RefCell::new(None), runs: Cell::new(None) } };
}
#[cfg(loom)]
loom::thread_local! {
    static CURRENT: Current = Current::default();
}

/// The current executor. None, too, while the thread is being torn down.
pub(crate) fn get() -> Option<Rc<Core>> {
    CURRENT
        .try_with(|current| current.core.borrow().clone())
        .unwrap_or(None)
}

fn set(core: Option<Rc<Core>>) -> Option<Rc<Core>> {
    CURRENT
        .try_with(|current| current.core.replace(core))
        .unwrap_or(None)
}

/// Calls `function` with `core` as the current one, and then, also if it panics, puts back the one before.
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

/// The same, and no other executor may run inside it.
///
/// # Panics
///
/// An executor runs on this thread already.
#[track_caller]
pub(crate) fn run<T>(core: &Rc<Core>, function: impl FnOnce() -> T) -> T {
    struct Stop;
    impl Drop for Stop {
        fn drop(&mut self) {
            let _ = CURRENT.try_with(|current| current.runs.set(None));
        }
    }
    let nested = CURRENT
        .try_with(|current| match current.runs.get() {
            None => current.runs.replace(Some(core.id())),
            other => other,
        })
        .unwrap_or(None);
    assert!(
        nested.is_none(),
        "an executor runs on this thread already: await the future instead of blocking on it"
    );
    let _stop = Stop;
    enter(core, function)
}

/// Whether `core` polls, or waits, on this thread.
pub(crate) fn runs(core: &Rc<Core>) -> bool {
    let runs = CURRENT.try_with(|current| current.runs.get());
    runs.unwrap_or(None) == Some(core.id())
}

/// A ticket is presented. On its own thread it goes into the ready queue, else into the inbox of its executor.
pub(crate) fn wake(ticket: Ticket) {
    let here = CURRENT.try_with(|current| {
        let core = current.core.borrow();
        let core = core.as_ref().filter(|core| {
            core.id() == ticket.executor() || planted(Mistake::TakesEveryTicketForItsOwn)
        })?;
        let news = core.ready(ticket);
        // Told outside the borrow, because the recorder is not ours. Only for that is the core counted.
        Some((news && core.is_recorded()).then(|| core.clone()))
    });
    match here {
        Ok(Some(None)) => {}
        Ok(Some(Some(core))) => core.tell(|| Event::Ready(ticket.into())),
        Ok(None) | Err(_) => registry::wake(ticket),
    }
}
