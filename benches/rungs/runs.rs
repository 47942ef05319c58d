//! Runs of rungs, each made once.

use std::cell::RefCell;
use std::collections::HashMap;
use std::time::Duration;

use crate::cost::{PASSES, smoke};
use crate::process::{Held, Job, Played};
use crate::rung::Rung;
use crate::server::Server;

/// A's I/O.
const IO: Duration = Duration::from_millis(100);

/// Where the I/O alone would take longer, a rung is not run.
const PATIENCE: Duration = Duration::from_secs(5);

type Cell<K, V> = RefCell<HashMap<K, Result<V, String>>>;

/// What the runs so far found.
#[derive(Default)]
pub(crate) struct Runs {
    served: Cell<&'static str, (Vec<f64>, Vec<f64>)>,
    many: Cell<(&'static str, usize), Vec<f64>>,
    waiting: Cell<(&'static str, usize), Held>,
}

impl Runs {
    /// Nanoseconds until B and C were served, and until A was, once for each pass.
    pub(crate) fn served(&self, rung: &Rung) -> Result<(Vec<f64>, Vec<f64>), String> {
        once(&self.served, rung.name, || {
            let passes: Vec<(f64, f64)> = times(rung, Job::Serve)?;
            Ok(passes.into_iter().unzip())
        })
    }

    /// Nanoseconds until the last of so many As was served, once for each pass.
    pub(crate) fn many(&self, rung: &Rung, count: usize) -> Result<Vec<f64>, String> {
        let rounds = count.div_ceil(rung.in_flight) as u32;
        if IO * rounds > PATIENCE {
            let io = IO.as_millis();
            return Err(match rung.in_flight {
                1 => format!("not run: one I/O after another takes {io} ms for each A"),
                few => format!("not run: {few} I/Os at a time take {io} ms"),
            });
        }
        if let Some(why) = self.stopped_before(rung, count) {
            return Err(why);
        }
        once(&self.many, (rung.name, count), || {
            let stopped = |why| format!("stopped at {count}: {why}");
            let passes = times(rung, Job::Many(count)).map_err(stopped)?;
            Ok(passes.into_iter().map(|(_, a)| a).collect())
        })
    }

    /// What so many As hold while they wait.
    pub(crate) fn waiting(&self, rung: &Rung, count: usize) -> Result<Held, String> {
        if count > rung.waiting {
            let lost = self.stopped_before(rung, usize::MAX);
            return Err(lost.unwrap_or_else(|| "only one A can wait".to_owned()));
        }
        once(&self.waiting, (rung.name, count), || {
            let server = Server::start(None).map_err(|why| why.to_string())?;
            let mut played = Played::start(rung, Job::Wait(count), server.address())
                .map_err(|why| why.to_string())?;
            let before = played.holds_exactly()?;
            played.go().map_err(|why| why.to_string())?;
            let held = played.holds_at_last()?;
            let connected = held.files.saturating_sub(before.files);
            let wanted = count.min(rung.in_flight);
            if connected < wanted {
                return Err(format!("{connected} of {wanted} I/Os began"));
            }
            Ok(Held {
                resident: held.resident - before.resident,
                address_space: held.address_space - before.address_space,
                ..held
            })
        })
    }

    /// Why fewer As than these could not be served, if a run has found so.
    fn stopped_before(&self, rung: &Rung, count: usize) -> Option<String> {
        let many = self.many.borrow();
        let failed = many.iter().filter_map(|((name, fewer), found)| {
            let why = found.as_ref().err()?;
            (*name == rung.name && *fewer < count).then_some((*fewer, why))
        });
        failed.min().map(|(_, why)| why.clone())
    }
}

/// Finds it, or what was found before.
fn once<K: std::hash::Hash + Eq, V: Clone>(
    cell: &Cell<K, V>,
    key: K,
    find: impl FnOnce() -> Result<V, String>,
) -> Result<V, String> {
    if let Some(found) = cell.borrow().get(&key) {
        return found.clone();
    }
    let found = find();
    cell.borrow_mut().insert(key, found.clone());
    found
}

/// Runs a rung in each pass. Nanoseconds until B and C, and until A or the last A was served.
fn times(rung: &Rung, job: Job) -> Result<Vec<(f64, f64)>, String> {
    let pass = |_| {
        let server = Server::start(Some(IO)).map_err(|why| why.to_string())?;
        let mut played =
            Played::start(rung, job, server.address()).map_err(|why| why.to_string())?;
        played.go().map_err(|why| why.to_string())?;
        let said = played.said()?;
        let mut times = said.split_whitespace().map(str::parse);
        match (times.next(), times.next()) {
            (Some(Ok(others)), Some(Ok(a))) => Ok((others, a)),
            _ => Err(format!("it said {said:?}")),
        }
    };
    (0..if smoke() { 1 } else { PASSES }).map(pass).collect()
}
