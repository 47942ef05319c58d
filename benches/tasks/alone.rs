//! Work that is done once, in a process of its own: this one runs itself again.

use std::env;
use std::fs;
use std::process::{Command, ExitCode};

use executor::Executor;

use crate::contestants::{AsyncExecutor, Contestant, Pool, TokioLocal, TokioSend, TokioSet};
use crate::cost::{Kind, PASSES, Spent, smoke};
use crate::work;

/// The job of the process: what it took to spawn and join so many at once, in nanoseconds for each.
pub(crate) const COLD: &str = "cold";

/// The job of the process: what it holds more when so many wait, in bytes for each.
pub(crate) const HELD: &str = "held";

macro_rules! everybody {
    ($($contestant:ident),*) => {
        /// All contestants.
        pub(crate) fn everybody() -> impl Iterator<Item = (Kind, &'static str)> {
            [$(($contestant::KIND, $contestant::NAME)),*].into_iter()
        }

        /// Does the job as the contestant of that name.
        fn play(job: &str, name: &str, count: u64) -> Result<f64, String> {
            match name {
                $($contestant::NAME => play_as::<$contestant>(job, count),)*
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
    AsyncExecutor,
    Pool
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
    if job == COLD {
        // The end is part of it.
        let spent = Spent::in_(|| R::new().block_on(work::at_once::<R>(count)));
        return Ok(spent.cpu.as_nanos() as f64 / count as f64);
    }
    let runtime = R::new();
    runtime.block_on(work::at_once::<R>(10));
    let before = resident()?;
    runtime.block_on(work::waiting::<R>(count));
    let held = (resident()? - before) / count as f64;
    // What is left does not matter, and to drop it takes time.
    std::mem::forget(runtime);
    Ok(held)
}

/// Bytes of this process that are in memory.
fn resident() -> Result<f64, String> {
    let status = fs::read_to_string("/proc/self/status")
        .map_err(|_| "this system does not tell what a process holds".to_owned())?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    let kilobytes: f64 = number.and_then(|text| text.parse().ok()).ok_or(status)?;
    Ok(kilobytes * 1024.0)
}

/// Has processes of their own do a job, one in each pass, and gives the figures.
pub(crate) fn passes(job: &str, name: &str, count: u64) -> Result<Vec<f64>, String> {
    let one = |_| {
        let this = env::current_exe().map_err(|error| error.to_string())?;
        let output = Command::new(this)
            .args(["--alone", job, name, &count.to_string()])
            .output()
            .map_err(|error| error.to_string())?;
        let said = String::from_utf8_lossy(&output.stdout);
        let why = String::from_utf8_lossy(&output.stderr);
        said.trim().parse().map_err(|_| why.into_owned())
    };
    (0..if smoke() { 1 } else { PASSES }).map(one).collect()
}
