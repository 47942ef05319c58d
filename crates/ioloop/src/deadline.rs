use std::time::{Duration, Instant};

use reactor::Reactor;

/// Until when: after a while, or at a time. Made from a [`Duration`], or from an [`Instant`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deadline {
    /// So long from now on; at most about 30 years.
    After(Duration),
    /// At this time of the loop's clock.
    At(Instant),
}

impl Deadline {
    pub(crate) fn on(self, reactor: &Reactor) -> Instant {
        match self {
            Deadline::After(duration) => reactor.after(duration),
            Deadline::At(time) => time,
        }
    }
}

impl From<Duration> for Deadline {
    fn from(duration: Duration) -> Self {
        Deadline::After(duration)
    }
}

impl From<Instant> for Deadline {
    fn from(time: Instant) -> Self {
        Deadline::At(time)
    }
}
