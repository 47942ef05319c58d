//! Finds the inbox of an executor by its number.
//!
//! Not modelled by loom: a lock of the standard library around a clone, under which nobody waits for anything.

use std::collections::VecDeque;
use std::sync::{Arc, PoisonError, RwLock};

use crate::inbox::{Inbox, Want};
use crate::ticket::Ticket;

/// So many numbers are used before one is used again.
const FRESH: usize = 1024;

struct Registry {
    inboxes: Vec<Option<Arc<Inbox>>>,
    /// The numbers that are free, the one that has been so the longest in front.
    free: VecDeque<u16>,
}

static REGISTRY: RwLock<Registry> = RwLock::new(Registry {
    inboxes: Vec::new(),
    free: VecDeque::new(),
});

/// Gives the executor with this inbox a number.
///
/// # Panics
///
/// There are 65,536 executors already.
pub(crate) fn add(inbox: Arc<Inbox>) -> u16 {
    let mut registry = REGISTRY.write().unwrap_or_else(PoisonError::into_inner);
    if registry.inboxes.len() >= FRESH
        && let Some(id) = registry.free.pop_front()
    {
        registry.inboxes[usize::from(id)] = Some(inbox);
        return id;
    }
    let id = u16::try_from(registry.inboxes.len()).expect("at most 65,536 executors at once");
    registry.inboxes.push(Some(inbox));
    id
}

/// Takes the number back. A ticket with it leads nowhere, and once the number is given out again to another executor: a
/// task of that one may get a poll too many, which every future has to bear.
pub(crate) fn remove(id: u16) {
    let mut registry = REGISTRY.write().unwrap_or_else(PoisonError::into_inner);
    let inbox = registry.inboxes[usize::from(id)].take();
    registry.free.push_back(id);
    drop(registry);
    // Maybe the last: the closure in it is not ours.
    drop(inbox);
}

/// Puts the ticket into the inbox of its executor, if that is still there.
pub(crate) fn wake(ticket: Ticket) {
    let registry = REGISTRY.read().unwrap_or_else(PoisonError::into_inner);
    let inbox = registry.inboxes.get(usize::from(ticket.executor()));
    let inbox = inbox.cloned().flatten();
    drop(registry);
    if let Some(inbox) = inbox {
        inbox.put((ticket, Want::Wake));
    }
}
