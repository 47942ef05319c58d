//! What does each rung cost? A, B and C on every rung, with the same I/O; then many As at once.
//!
//! Each figure comes from a process of its own, which this one starts: it runs itself again. The server that A asks is
//! here, so what the other process has of threads and memory is the rung's.
//!
//! - *Times* are those of the events that the rung tells. All requests are there from the start, but one thread begins
//!   them: where each needs a thread of its own, the first of 10,000 are served before the last have begun.
//! - *Memory and threads* are read while the server holds every reply back: all that can wait, waits. Nothing is
//!   recorded meanwhile, or the events would be counted as memory. Of memory, what the process had before is taken off.
//!   Only Linux tells (`/proc`). What the kernel itself needs for threads and sockets is not in it.
//!
//! Where a rung cannot go on, the figure is the reason.

#[path = "../cost/mod.rs"]
mod cost;
mod process;
mod rung;
mod runs;
mod server;

use std::env;
use std::process::ExitCode;

use cost::{Ours, Question, Unit, smoke};
use rung::RUNGS;
use runs::Runs;

/// How many As at once.
const MANY: [usize; 5] = [1, 10, 100, 1_000, 10_000];

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if let Some(("--rung", job)) = arguments.split_first().map(|(flag, job)| (&**flag, job)) {
        return process::play(job);
    }
    cost::alone::raise_the_limit_of_open_files();
    let runs = &Runs::default();
    let mut question = Question::new("rungs");
    let row = question.row("until B and C are served: beside one A", 1);
    for rung in &RUNGS {
        row.figures(Ours, rung.name, Unit::WallTime, move || {
            Ok(runs.served(rung)?.0)
        });
    }
    let many = if smoke() { &MANY[..2] } else { &MANY };
    for &count in many {
        let row = question.row(format!("until the last A is served: {}", at_once(count)), 1);
        for rung in &RUNGS {
            row.figures(Ours, rung.name, Unit::WallTime, move || match count {
                1 => Ok(runs.served(rung)?.1),
                _ => runs.many(rung, count),
            });
        }
    }
    for (what, unit) in [
        ("threads while they wait", Unit::Threads),
        ("resident memory for each waiting A", Unit::Bytes),
        ("address space for each waiting A", Unit::VirtualBytes),
    ] {
        for &count in many {
            let row = question.row(format!("{what}: {}", at_once(count)), 1);
            for rung in &RUNGS {
                row.figure(Ours, rung.name, unit, move || {
                    let held = runs.waiting(rung, count)?;
                    Ok(match unit {
                        Unit::Threads => held.threads,
                        Unit::Bytes => held.resident / count as f64,
                        _ => held.address_space / count as f64,
                    })
                });
            }
        }
    }
    question.run();
    ExitCode::SUCCESS
}

fn at_once(count: usize) -> String {
    match count {
        1 => "one A".to_owned(),
        ..1_000 => format!("{count} at once"),
        _ => format!("{},{:03} at once", count / 1_000, count % 1_000),
    }
}
