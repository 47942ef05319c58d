use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use web::WebSocketLimits;

/// What the rooms bear.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Rooms at a time: 100. A room is there as long as somebody is in it.
    pub rooms: usize,
    /// People in a room: 1,000.
    pub members: usize,
    /// How many of the last lines who enters is shown: 50.
    pub history: usize,
    /// How many bytes these lines have at most: 64 KiB. All of them go into the queue of who enters.
    pub history_bytes: usize,
    /// Characters of a text: 2,000.
    pub text: usize,
    /// How fast one may talk. None: as fast as one can.
    pub pace: Option<Pace>,
    /// What is borne of a connection: messages of 16 KiB, 256 of them and 256 KiB in the queue, a ping every 20 s.
    pub socket: WebSocketLimits,
    /// What time it is for those who read, in milliseconds since 1970. Nothing else depends on it.
    pub clock: fn() -> u64,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            rooms: 100,
            members: 1000,
            history: 50,
            history_bytes: 64 << 10,
            text: 2000,
            pace: Some(Pace {
                per_second: 5,
                burst: 20,
            }),
            socket: WebSocketLimits {
                message: 16 << 10,
                queue_bytes: 256 << 10,
                ..WebSocketLimits::default()
            },
            clock: || {
                let since = SystemTime::now().duration_since(UNIX_EPOCH);
                since.map_or(0, |since| since.as_millis() as u64)
            },
        }
    }
}

/// So many messages a second for long, and so many at once after a pause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// At least 1.
    pub per_second: u32,
    /// At least 1.
    pub burst: u32,
}

/// What is left of one's burst: a bucket that fills as time goes by.
pub(crate) struct Bucket {
    pace: Option<Pace>,
    /// When it would be full, if nothing were taken.
    full: Instant,
}

impl Bucket {
    pub(crate) fn new(pace: Option<Pace>, now: Instant) -> Self {
        Self { pace, full: now }
    }

    /// Takes one out; false if it is empty.
    pub(crate) fn take(&mut self, now: Instant) -> bool {
        let Some(pace) = self.pace else {
            return true;
        };
        let one = Duration::from_secs(1) / pace.per_second;
        let full = self.full.max(now) + one;
        let fits = full <= now + one * pace.burst;
        if fits {
            self.full = full;
        }
        fits
    }
}
