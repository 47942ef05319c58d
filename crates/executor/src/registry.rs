//! Finds the inbox of an executor by its number.

use std::collections::VecDeque;
use std::sync::{Arc, PoisonError};

use crate::inbox::{Inbox, Want};
use crate::planted::{Mistake, planted};
use crate::sync::RwLock;
use crate::ticket::Ticket;

/// So many numbers are used before one is used again: a quarter of all. In a model, one, so that there is something to
/// see.
const FRESH: usize = if cfg!(loom) { 1 } else { 1 << 14 };

#[derive(Default)]
struct Registry {
    inboxes: Vec<Option<Arc<Inbox>>>,
    /// The numbers that are free, the one that has been so the longest in front.
    free: VecDeque<u16>,
}

#[cfg(not(loom))]
static REGISTRY: RwLock<Registry> = RwLock::new(Registry {
    inboxes: Vec::new(),
    free: VecDeque::new(),
});
#[cfg(loom)]
loom::lazy_static! {
    static ref REGISTRY: RwLock<Registry> = RwLock::default();
}

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
        if planted(Mistake::GivesANumberTwice) {
            registry.free.push_back(id);
        }
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
    if planted(Mistake::StaysInTheRegistry) {
        return;
    }
    let inbox = registry.inboxes[usize::from(id)].take();
    registry.free.push_back(id);
    drop(registry);
    // Maybe the last: the closure in it is not ours.
    drop(inbox);
}

/// Puts the ticket into the inbox of its executor, if that is still there.
pub(crate) fn wake(ticket: Ticket) {
    put(ticket, Want::Wake);
}

pub(crate) fn put(ticket: Ticket, want: Want) {
    let registry = REGISTRY.read().unwrap_or_else(PoisonError::into_inner);
    let inbox = registry.inboxes.get(usize::from(ticket.executor()));
    let inbox = inbox.cloned().flatten();
    drop(registry);
    if let Some(inbox) = inbox {
        inbox.put((ticket, want));
    }
}
