//! What time it is: nanoseconds since the reactor was made.

use std::cell::Cell;
use std::time::{Duration, Instant};

/// "Never", as a time that can be added to any other: about 30 years.
const FAR: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);

pub(crate) struct Clock {
    start: Instant,
    /// The time of a clock that is moved by hand.
    moved: Option<Cell<u64>>,
}

impl Clock {
    pub(crate) fn real() -> Self {
        Self {
            start: Instant::now(),
            moved: None,
        }
    }

    pub(crate) fn moved() -> Self {
        Self {
            moved: Some(Cell::new(0)),
            ..Self::real()
        }
    }

    pub(crate) fn is_moved(&self) -> bool {
        self.moved.is_some()
    }

    pub(crate) fn nanos(&self) -> u64 {
        match &self.moved {
            Some(now) => now.get(),
            None => self.to_nanos(Instant::now()),
        }
    }

    pub(crate) fn now(&self) -> Instant {
        match &self.moved {
            Some(now) => self.start + Duration::from_nanos(now.get()),
            None => Instant::now(),
        }
    }

    pub(crate) fn to_nanos(&self, time: Instant) -> u64 {
        let since = time.saturating_duration_since(self.start);
        u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
    }

    pub(crate) fn to_instant(&self, nanos: u64) -> Instant {
        let since = Duration::from_nanos(nanos);
        self.start.checked_add(since).unwrap_or(self.start + FAR)
    }

    pub(crate) fn after(&self, duration: Duration) -> Instant {
        self.now() + duration.min(FAR)
    }

    /// Moves a clock that is moved by hand; never back.
    pub(crate) fn move_to(&self, nanos: u64) {
        if let Some(now) = &self.moved {
            now.set(now.get().max(nanos));
        }
    }
}
