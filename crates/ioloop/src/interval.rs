use std::time::{Duration, Instant};

use reactor::{now, sleep_until};

/// Gives a beat every `period`, the first one a period from now. (tokio's first beat comes at once.)
///
/// The beats lie on a grid. One that comes late moves no other, and one that was missed is skipped.
///
/// ```
/// use std::time::Duration;
///
/// use ioloop::{IoLoop, interval, sleep};
///
/// let io_loop = IoLoop::virtual_time()?;
/// let begin = io_loop.time();
/// let beats = io_loop.block_on(async {
///     let mut interval = interval(Duration::from_millis(50));
///     let mut beats = Vec::new();
///     for work in [10, 70, 10] {
///         let beat = interval.tick().await;
///         beats.push((beat - begin).as_millis());
///         sleep(Duration::from_millis(work)).await;
///     }
///     beats
/// });
/// assert_eq!(beats, [50, 100, 200]); // that of 150 was missed
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Panics
///
/// If `period` is zero. If no loop runs on this thread.
#[track_caller]
pub fn interval(period: Duration) -> Interval {
    let grid = Grid::new(now(), period);
    Interval { grid }
}

/// Made by [`interval`].
#[derive(Clone, Debug)]
pub struct Interval {
    grid: Grid,
}

impl Interval {
    /// Waits for the next beat; gives the time for which it was due.
    ///
    /// Dropped before, the beat is not lost, unless it is missed meanwhile.
    ///
    /// # Panics
    ///
    /// If no loop runs on this thread.
    pub async fn tick(&mut self) -> Instant {
        let beat = self.grid.next(now());
        sleep_until(beat).await;
        self.grid.last = beat;
        beat
    }
}

/// Times at equal distances.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Grid {
    pub(crate) last: Instant,
    period: Duration,
}

impl Grid {
    #[track_caller]
    pub(crate) fn new(start: Instant, period: Duration) -> Self {
        assert!(!period.is_zero(), "a period of no length has no end");
        Self {
            last: start,
            period,
        }
    }

    /// The first one after `now`, and after the last. One that would be due at this very instant counts as missed, as in
    /// Tornado: whatever used the time up has reached into it.
    pub(crate) fn next(&self, now: Instant) -> Instant {
        let since = now.saturating_duration_since(self.last).as_nanos();
        let period = self.period.as_nanos();
        let after = (since / period + 1).saturating_mul(period);
        let after = Duration::from_nanos_u128(after.min(Duration::MAX.as_nanos()));
        // A time that cannot be told is as good as never.
        self.last.checked_add(after).unwrap_or(now + FAR)
    }
}

/// About 30 years.
const FAR: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);
