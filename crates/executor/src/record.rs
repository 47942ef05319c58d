use std::fmt;

use crate::ticket::Ticket;

/// Which task of an executor; no two that live at the same time have the same.
///
/// `0` is what [`block_on`](crate::Executor::block_on) waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TaskId {
    slot: u32,
    generation: u32,
}

impl From<Ticket> for TaskId {
    fn from(ticket: Ticket) -> Self {
        Self {
            slot: ticket.slot(),
            generation: ticket.generation(),
        }
    }
}

impl fmt::Display for TaskId {
    /// The number of the task's slot, and behind a dot how many had that slot before, if any.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.slot, self.generation) {
            (0, _) => write!(f, "0"),
            (slot, 0) => write!(f, "{slot}"),
            (slot, generation) => write!(f, "{slot}.{generation}"),
        }
    }
}

/// What an executor does, told to a [recorder](crate::Executor::record) in the moment it happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A task was put into the ready queue: woken, spawned or aborted. A wake from elsewhere is told when the executor
    /// finds it in its inbox.
    Ready(TaskId),
    /// A poll of the task begins.
    Poll(TaskId),
    /// The poll ended, and the task waits.
    Pending(TaskId),
    /// The task is over: it gave its result, panicked, or was aborted.
    Done(TaskId),
    /// Nothing is ready: the thread is about to sleep.
    Park,
    /// The thread goes on.
    Unpark,
}
