use std::fmt;

use crate::readiness::Readiness;
use crate::sources::Key;
use crate::timers::TimerKey;

/// Which source of a reactor; no two that live at the same time have the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SourceId(pub(crate) Key);

impl fmt::Display for SourceId {
    /// The number of the source's slot, and behind a dot how many had that slot before, if any.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.generation {
            0 => write!(f, "{}", self.0.slot),
            before => write!(f, "{}.{before}", self.0.slot),
        }
    }
}

/// What a reactor does, told to a [recorder](crate::Reactor::record) in the moment it happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// The system said that a source is ready; whoever waits for it is told next.
    Ready(SourceId, Readiness),
    /// A timer is due; whoever set it is told next.
    Due(TimerKey),
    /// Nothing is ready: the thread is about to sleep, until the system has news.
    Park,
    /// The thread goes on.
    Unpark,
}
