//! Interleaving: start something, do other work, and wait for it later.
//!
//! Time is a number that the program moves itself, so this ends at once: `cargo run -p promise --example interleaving`

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use promise::{Error, Future, Promise, pair, run, wait};

/// A clock that jumps from one due time to the next. Clones are the same clock.
#[derive(Clone, Default)]
struct Clock(Arc<Mutex<Timers>>);

#[derive(Default)]
struct Timers {
    now: u64,
    /// By due time, and by the order in which they were asked for.
    due: BTreeMap<(u64, usize), Promise<()>>,
    asked: usize,
}

impl Clock {
    fn now(&self) -> u64 {
        self.0.lock().unwrap().now
    }

    /// Done so many seconds from now.
    fn sleep(&self, seconds: u64) -> Future<()> {
        let (promise, future) = pair();
        let mut timers = self.0.lock().unwrap();
        let key = (timers.now + seconds, timers.asked);
        timers.asked += 1;
        timers.due.insert(key, promise);
        future
    }

    /// Moves on until nobody sleeps.
    fn run(&self) {
        loop {
            let mut timers = self.0.lock().unwrap();
            let Some(((at, _), promise)) = timers.due.pop_first() else {
                return;
            };
            timers.now = at;
            drop(timers); // before anybody is resumed, who may want to sleep again
            promise.set(());
        }
    }
}

/// What is told, with the time. Clones are the same log.
#[derive(Clone, Default)]
struct Log {
    clock: Clock,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Log {
    fn tell(&self, what: &str) {
        let line = format!("{:4} s  {what}", self.clock.now());
        self.lines.lock().unwrap().push(line);
    }
}

/// Takes 5 seconds.
#[co::coroutine(start = run, wait = wait)]
fn do_something(log: Log) -> Future<()> {
    log.tell("works");
    yield_!(log.clock.sleep(5))?;
    Ok(())
}

/// Works, then sleeps for a minute: its period is 60 + 5.
#[co::coroutine(start = run, wait = wait)]
fn minute_loop(log: Log, rounds: u32) -> Future<()> {
    for _ in 0..rounds {
        yield_!(do_something(log.clone()))?;
        yield_!(log.clock.sleep(60))?;
    }
    Ok(())
}

/// Starts the clock, works meanwhile, waits for the rest: its period is 60.
#[co::coroutine(start = run, wait = wait)]
fn minute_loop2(log: Log, rounds: u32) -> Future<()> {
    for _ in 0..rounds {
        let next = log.clock.sleep(60);
        yield_!(do_something(log.clone()))?;
        yield_!(next)?;
    }
    Ok(())
}

/// Takes 3 seconds; there are three chunks.
#[co::coroutine(start = run, wait = wait)]
fn fetch_next_chunk(log: Log, n: u32) -> Future<Option<u32>> {
    yield_!(log.clock.sleep(3))?;
    Ok((n < 3).then_some(n))
}

/// Takes 2 seconds.
#[co::coroutine(start = run, wait = wait)]
fn flush(log: Log, chunk: u32) -> Future<()> {
    yield_!(log.clock.sleep(2))?;
    log.tell(&format!("flushed {chunk}"));
    Ok(())
}

/// Fetches the next chunk while it flushes the last one: a round takes 3 seconds, not 5.
#[co::coroutine(start = run, wait = wait)]
fn get(log: Log) -> Future<()> {
    let mut n = 0;
    let mut fetching = fetch_next_chunk(log.clone(), n);
    while let Some(chunk) = yield_!(fetching)? {
        log.tell(&format!("fetched {chunk}"));
        n += 1;
        fetching = fetch_next_chunk(log.clone(), n);
        yield_!(flush(log.clone(), chunk))?;
    }
    log.tell("end of file");
    Ok(())
}

/// Runs `program` to its end and gives what was told.
fn told(program: impl FnOnce(Log) -> Future<()>) -> Result<Vec<String>, Error> {
    let log = Log::default();
    let future = program(log.clone());
    log.clock.run();
    future.try_take().expect("nobody sleeps any more")?;
    let lines = log.lines.lock().unwrap();
    Ok(lines.clone())
}

pub(crate) fn stories() -> Result<Vec<(&'static str, Vec<String>)>, Error> {
    Ok(vec![
        ("minute_loop", told(|log| minute_loop(log, 3))?),
        ("minute_loop2", told(|log| minute_loop2(log, 3))?),
        ("fetch_next_chunk", told(get)?),
    ])
}

#[cfg_attr(test, allow(dead_code, reason = "the test prints nothing"))]
fn main() -> Result<(), String> {
    let stories = stories().map_err(|error| format!("{error:#}"))?;
    for (name, lines) in stories {
        println!("{name}:\n{}\n", lines.join("\n"));
    }
    Ok(())
}
