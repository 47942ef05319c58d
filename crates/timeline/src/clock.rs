//! What time it is: real, or moved by a test.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// A clock that stands still until a test moves it. Clones are the same clock.
///
/// ```
/// use std::time::Duration;
/// use timeline::{Story, VirtualClock, tell};
///
/// let clock = VirtualClock::new();
/// let hands = clock.clone();
/// let recording = Story::new().clock(&clock).run(|| {
///     tell("A begins");
///     hands.advance(Duration::from_secs(5));
///     tell("A ends");
/// });
/// assert_eq!(recording.unwrap().length, Duration::from_secs(5));
/// ```
#[derive(Clone, Debug, Default)]
pub struct VirtualClock {
    micros: Arc<AtomicU64>,
}

impl VirtualClock {
    /// A clock at zero.
    #[must_use]
    pub fn new() -> VirtualClock {
        VirtualClock::default()
    }

    /// Moves the clock on. Less than a microsecond is nothing; past 500,000 years it stops.
    pub fn advance(&self, by: Duration) {
        let by = u64::try_from(by.as_micros()).unwrap_or(u64::MAX);
        let add = |now: u64| Some(now.saturating_add(by));
        let _ = self
            .micros
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, add);
    }

    /// The time since zero.
    #[must_use]
    pub fn now(&self) -> Duration {
        Duration::from_micros(self.micros.load(Ordering::Relaxed))
    }
}

/// The clock of one story: zero when it begins.
#[derive(Debug)]
pub(crate) enum Clock {
    Real(Instant),
    Virtual(VirtualClock),
}

impl Clock {
    /// Whole microseconds, so that what is printed is all there is.
    pub(crate) fn now(&self) -> Duration {
        match self {
            Clock::Real(start) => {
                let micros = start.elapsed().as_micros();
                Duration::from_micros(u64::try_from(micros).unwrap_or(u64::MAX))
            }
            Clock::Virtual(clock) => clock.now(),
        }
    }
}
