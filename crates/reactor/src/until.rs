use std::time::Duration;

/// Until when a poll may sleep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Until {
    Now,
    /// Nanoseconds on the reactor's clock.
    Time(u64),
    Never,
}

/// How long to sleep at `now`, if it is to be until `time`. The system counts in `i32` milliseconds at best, so a long sleep
/// is one of several.
pub(crate) fn left(time: u64, now: u64) -> Duration {
    const LONGEST: Duration = Duration::from_secs(60 * 60);
    Duration::from_nanos(time.saturating_sub(now)).min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// FE03: a sleep of less than a millisecond is not zero, which would spin, and a long one fits the system's call.
    #[test]
    fn fe03_a_wait_is_never_rounded_to_nothing_and_never_too_long() {
        assert_eq!(left(8, 7), Duration::from_nanos(1));
        assert_eq!(left(7, 7), Duration::ZERO);
        assert_eq!(left(6, 7), Duration::ZERO);
        let longest = left(u64::MAX, 0);
        assert!(longest.as_millis() <= i32::MAX as u128);
    }
}
