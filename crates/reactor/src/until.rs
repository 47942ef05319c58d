use std::time::Duration;

/// Until when a poll may sleep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Until {
    Now,
    /// Nanoseconds on the reactor's clock.
    Time(u64),
    Never,
}

impl Until {
    /// How long that is. The system counts in `i32` milliseconds at best, so a long sleep is one of several.
    pub(crate) fn wait(self, now: u64) -> Option<Duration> {
        const LONGEST: Duration = Duration::from_secs(60 * 60);
        match self {
            Until::Now => Some(Duration::ZERO),
            Until::Time(time) => {
                let left = Duration::from_nanos(time.saturating_sub(now));
                Some(left.min(LONGEST))
            }
            Until::Never => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// FE03: a sleep of less than a millisecond is not zero, which would spin, and a long one fits the system's call.
    #[test]
    fn fe03_a_wait_is_never_rounded_to_nothing_and_never_too_long() {
        assert_eq!(Until::Now.wait(7), Some(Duration::ZERO));
        assert_eq!(Until::Never.wait(7), None);
        assert_eq!(Until::Time(8).wait(7), Some(Duration::from_nanos(1)));
        assert_eq!(Until::Time(7).wait(7), Some(Duration::ZERO));
        assert_eq!(Until::Time(6).wait(7), Some(Duration::ZERO));
        let longest = Until::Time(u64::MAX).wait(0).unwrap();
        assert!(longest.as_millis() <= i32::MAX as u128);
    }
}
