//! Work that is done once, in a process of its own: this one runs itself again.

use std::env;
use std::process::ExitCode;

use executor::Executor;

use crate::contestants::{
    AsyncExecutor, Contestant, Pool, TokioLocal, TokioMany, TokioSend, TokioSet,
};
use crate::cost::alone::resident;
use crate::cost::{self, Kind, Spent, valgrind};
#[cfg(feature = "peers")]
use crate::uring::{Compio, Glommio, Monoio};
use crate::work;

/// The job of the process: the CPU time that it took to spawn and join so many at once, in nanoseconds for each.
pub(crate) const COLD: &str = "cold";

/// The same by the clock.
pub(crate) const COLD_WALL: &str = "cold-wall";

/// The job of the process: the same for valgrind, under which rustix does not find the clock.
const UNTIMED: &str = "untimed";

/// The job of the process: what it holds more when so many wait, in bytes for each.
pub(crate) const HELD: &str = "held";

macro_rules! everybody {
    ($($(#[$with:meta])? $contestant:ident),*) => {
        /// All contestants.
        pub(crate) fn everybody() -> impl Iterator<Item = (Kind, &'static str)> {
            [$($(#[$with])? ($contestant::KIND, $contestant::NAME)),*].into_iter()
        }

        /// Does the job as the contestant of that name.
        fn play(job: &str, name: &str, count: u64) -> Result<f64, String> {
            match name {
                $($(#[$with])? $contestant::NAME => play_as::<$contestant>(job, count),)*
                _ => Err(format!("who is {name}?")),
            }
        }
    };
}

everybody!(
    Executor,
    TokioSend,
    TokioLocal,
    TokioSet,
    TokioMany,
    AsyncExecutor,
    Pool,
    #[cfg(feature = "peers")]
    Monoio,
    #[cfg(feature = "peers")]
    Glommio,
    #[cfg(feature = "peers")]
    Compio
);

/// If this process is to do a job, it does it here, and prints the figure.
pub(crate) fn asked() -> Option<ExitCode> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [flag, job, name, count] = &arguments[..] else {
        return None;
    };
    if flag != "--alone" {
        return None;
    }
    let count = count.parse().ok()?;
    match play(job, name, count) {
        Ok(figure) => println!("{figure}"),
        Err(why) => {
            eprint!("{why}");
            return Some(ExitCode::FAILURE);
        }
    }
    Some(ExitCode::SUCCESS)
}

fn play_as<R: Contestant>(job: &str, count: u64) -> Result<f64, String> {
    let new = || R::new().map_err(|error| error.to_string());
    if job == UNTIMED {
        new()?.at_once(count);
        return Ok(0.0);
    }
    if job != HELD {
        new()?;
        // The beginning and the end are part of it.
        let spent = Spent::in_(|| new().map(|runtime| runtime.at_once(count)));
        let took = if job == COLD { spent.cpu } else { spent.wall };
        return Ok(took.as_nanos() as f64 / count as f64);
    }
    let runtime = new()?;
    runtime.at_once(10);
    let before = resident()?;
    runtime.block_on(work::waiting::<R>(count));
    let held = (resident()? - before) / count as f64;
    // What is left does not matter, and to drop it takes time.
    std::mem::forget(runtime);
    Ok(held)
}

/// Has processes of their own do a job, one in each pass, and gives the figures.
pub(crate) fn passes(job: &str, name: &str, count: u64) -> Result<Vec<f64>, String> {
    cost::alone::passes(&["--alone", job, name, &count.to_string()])
}

/// Calls of the allocator for each task, when so many are spawned at once: without those for a thousand.
pub(crate) fn allocations(name: &str, count: u64) -> Result<f64, String> {
    let counted =
        |count: u64| valgrind::allocations(&["--alone", UNTIMED, name, &count.to_string()]);
    let more = counted(1_000 + count)? - counted(1_000)?;
    Ok(more / count as f64)
}
