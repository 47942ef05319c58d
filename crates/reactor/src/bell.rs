//! What wakes the reactor at a time, where the system's poll is too coarse for it.
//!
//! A poll counts its limit in whole milliseconds, rounded up, so a timer is late by half of one on the average. On Linux
//! a timer can be a file, and ready like others when it is due. There the reactor has one, and sets it before it sleeps:
//!
//! ```text
//!  deadline          │· · · · · · · · │· · ✕ · · · · · │· · · · · · · · │     timers may be due at any time
//!  the file is set   │                │                ▲                │     at the end of that half millisecond, so
//!                    └──── 2^19 ns ───┘                                       it does not wake more than 1,908 times a second
//! ```
//!
//! Elsewhere, and where no file is to be had, the limit of the poll has to do.

use std::cell::{Cell, OnceCell};
use std::io;

use mio::{Registry, Token};

/// No source has it, since no slot gets so far.
pub(crate) const BELL: Token = Token(usize::MAX - 1);

const GRAIN: u64 = 1 << 19;

/// A long sleep is one of several.
const LONGEST: u64 = 60 * 60 * 1_000_000_000;

#[derive(Default)]
pub(crate) struct Bell {
    /// Made when it is first wanted. None if it cannot be had.
    file: OnceCell<Option<system::File>>,
    /// When it rings, in nanoseconds on the reactor's clock, unless that is over.
    rings: Cell<u64>,
}

impl Bell {
    /// Has a poll that has no limit return at `time`, or a little later, or after an hour. False if it cannot.
    ///
    /// Of several settings the last counts.
    pub(crate) fn set(&self, registry: &Registry, time: u64, now: u64) -> bool {
        let file = self.file.get_or_init(|| system::File::new(registry).ok());
        let Some(file) = file else { return false };
        let rings = rings(time, now);
        // As it stands already, if the one who slept was woken by something else.
        if self.rings.get() == rings {
            return true;
        }
        let set = file.set(rings - now).is_ok();
        self.rings.set(if set { rings } else { 0 });
        set
    }
}

/// Always later than `now`: a file that is set to nothing never rings.
fn rings(time: u64, now: u64) -> u64 {
    let time = time.clamp(now + 1, now + LONGEST);
    time.next_multiple_of(GRAIN)
}

#[cfg(all(target_os = "linux", not(miri)))]
mod system {
    use std::os::fd::{AsRawFd, OwnedFd};

    use mio::Interest;
    use mio::unix::SourceFd;
    use rustix::time::{
        Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
        timerfd_settime,
    };

    use super::*;

    pub(super) struct File(OwnedFd);

    impl File {
        pub(super) fn new(registry: &Registry) -> io::Result<Self> {
            let flags = TimerfdFlags::CLOEXEC | TimerfdFlags::NONBLOCK;
            let file = timerfd_create(TimerfdClockId::Monotonic, flags)?;
            let mut source = SourceFd(&file.as_raw_fd());
            // Edge-triggered: each ring is news, also if nobody reads how many there were.
            registry.register(&mut source, BELL, Interest::READABLE)?;
            Ok(Self(file))
        }

        pub(super) fn set(&self, nanos: u64) -> io::Result<()> {
            let never = Timespec {
                tv_sec: 0,
                tv_nsec: 0,
            };
            let once = Itimerspec {
                it_interval: never,
                it_value: Timespec {
                    tv_sec: (nanos / 1_000_000_000) as _,
                    tv_nsec: (nanos % 1_000_000_000) as _,
                },
            };
            timerfd_settime(&self.0, TimerfdTimerFlags::empty(), &once)?;
            Ok(())
        }
    }
}

#[cfg(not(all(target_os = "linux", not(miri))))]
mod system {
    use super::*;

    pub(super) enum File {}

    impl File {
        pub(super) fn new(_: &Registry) -> io::Result<Self> {
            Err(io::ErrorKind::Unsupported.into())
        }

        pub(super) fn set(&self, _: u64) -> io::Result<()> {
            match *self {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// FE03: neither early nor never, and late by less than a grain.
    #[test]
    fn fe03_the_bell_rings_at_its_time_or_just_after() {
        for (time, now) in [(0, 0), (0, 7), (7, 7), (8, 7), (GRAIN, 1), (GRAIN + 1, 1)] {
            let rings = rings(time, now);
            assert!(rings >= time && rings > now, "{rings} for {time}, at {now}");
            assert!(
                rings - time.max(now) <= GRAIN,
                "{rings} for {time}, at {now}"
            );
        }
        let longest = rings(u64::MAX, 7);
        assert!((LONGEST..LONGEST + 8 + GRAIN).contains(&longest));
    }

    /// As long as it is to ring at the same time, nothing is asked of the system.
    #[test]
    #[cfg(all(target_os = "linux", not(miri)))]
    fn a_bell_that_is_set_is_not_set_again() {
        let poll = mio::Poll::new().unwrap();
        let alarm = Bell::default();
        assert!(alarm.set(poll.registry(), 3 * GRAIN, 0));
        assert_eq!(alarm.rings.get(), 3 * GRAIN);
        alarm.file.get().unwrap().as_ref().unwrap().set(0).unwrap();
        assert!(alarm.set(poll.registry(), 3 * GRAIN - 9, GRAIN));
        let mut events = mio::Events::with_capacity(1);
        let mut poll = poll;
        let limit = std::time::Duration::from_millis(5);
        poll.poll(&mut events, Some(limit)).unwrap();
        assert!(
            events.is_empty(),
            "it was stopped behind its back, and not set again"
        );
        assert!(alarm.set(poll.registry(), 5 * GRAIN, GRAIN));
        poll.poll(&mut events, None).unwrap();
        assert_eq!(events.iter().next().unwrap().token(), BELL);
    }
}
