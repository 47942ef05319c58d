//! CPU time and wall time.

use std::ops::AddAssign;
use std::time::{Duration, Instant};

use criterion::measurement::{Measurement, ValueFormatter, WallTime};

/// What some work took.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Spent {
    /// Of the processor, by all threads of this process. Where the system does not tell (Windows), the wall time.
    pub(crate) cpu: Duration,
    /// By the clock.
    pub(crate) wall: Duration,
}

impl Spent {
    /// Does `work`, and says what it took. Its result is dropped before the clock stops: what it owns is part of its cost.
    #[inline(always)]
    pub(crate) fn in_<T>(work: impl FnOnce() -> T) -> Spent {
        let begin = Clocks::read();
        drop(work());
        begin.until_now()
    }
}

impl AddAssign for Spent {
    fn add_assign(&mut self, other: Spent) {
        self.cpu += other.cpu;
        self.wall += other.wall;
    }
}

/// Both clocks, read together.
#[derive(Clone, Copy)]
pub(crate) struct Clocks {
    cpu: Option<Duration>,
    wall: Instant,
}

impl Clocks {
    pub(crate) fn read() -> Clocks {
        // The CPU time is read inside the wall time, by both readings.
        let wall = Instant::now();
        Clocks {
            cpu: cpu_time(),
            wall,
        }
    }

    pub(crate) fn until_now(self) -> Spent {
        let cpu = cpu_time();
        let wall = self.wall.elapsed();
        let cpu = match (self.cpu, cpu) {
            (Some(begin), Some(end)) => end.saturating_sub(begin),
            _ => wall,
        };
        Spent { cpu, wall }
    }
}

#[cfg(unix)]
fn cpu_time() -> Option<Duration> {
    use rustix::time::{ClockId, clock_gettime};
    clock_gettime(ClockId::ProcessCPUTime).try_into().ok()
}

#[cfg(not(unix))]
fn cpu_time() -> Option<Duration> {
    None
}

/// Has criterion judge the CPU time.
pub(crate) struct CpuTime;

impl Measurement for CpuTime {
    type Intermediate = Clocks;
    type Value = Spent;

    fn start(&self) -> Clocks {
        Clocks::read()
    }

    fn end(&self, begin: Clocks) -> Spent {
        begin.until_now()
    }

    fn add(&self, one: &Spent, other: &Spent) -> Spent {
        let mut both = *one;
        both += *other;
        both
    }

    fn zero(&self) -> Spent {
        Spent::default()
    }

    fn to_f64(&self, spent: &Spent) -> f64 {
        // A whole nanosecond at least, so that criterion never divides by nothing.
        spent.cpu.as_nanos().max(1) as f64
    }

    fn formatter(&self) -> &dyn ValueFormatter {
        WallTime.formatter()
    }
}

/// Nanoseconds for one iteration.
pub(crate) struct Typical {
    pub(crate) cpu: f64,
    pub(crate) wall: f64,
}

/// The medians of the samples: how many iterations, and what they took. `None` of no samples.
///
/// The warm-up is among criterion's calls, with 1, 2, 4, ... iterations. Its many small ones would weigh more than they
/// are worth, so only samples with at least a tenth of the most iterations count.
pub(crate) fn typical(samples: &[(u64, Spent)]) -> Option<Typical> {
    let most = samples.iter().map(|(times, _)| *times).max()?;
    let median = |of: fn(&Spent) -> Duration| {
        let worth = samples.iter().filter(|(times, _)| times * 10 >= most);
        let each = worth.map(|(times, spent)| of(spent).as_nanos() as f64 / *times as f64);
        let mut each: Vec<f64> = each.collect();
        super::record::median(&mut each)
    };
    Some(Typical {
        cpu: median(|spent| spent.cpu),
        wall: median(|spent| spent.wall),
    })
}
