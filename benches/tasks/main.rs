//! What does a task cost? To spawn and join, to yield, to send a message, to be woken from another thread, to be one of
//! 100,000 that are waited for, and in memory; ours beside those that everybody uses. All are on one thread, but for tokio's
//! runtime for many, which has two: the CPU time is that of both, the wall time says what the second brings. monoio,
//! glommio and compio take part with `--features peers`, on Linux.
//!
//! Everybody does the same: the tasks, the yield and the channels of the first rows are one piece of code. Warm means that
//! the executor, and the memory that it keeps, are those of the iteration before; cold work is done once, in a process of
//! its own. smol's executor for one thread is async-executor's.
//!
//! To reach, against the best of the others: spawn and join 2 times faster warm and 1.5 times cold; a yield 3 times; a
//! message through the same channels 1.3 times, through our own 4 times; a wake from another thread and the 100,000 at
//! par; at most 144 bytes for a task of 96.

mod alone;
mod contestants;
#[path = "../cost/mod.rs"]
mod cost;
#[cfg(feature = "peers")]
mod uring;
mod work;

use std::process::ExitCode;
use std::time::Duration;

use contestants::{AsyncExecutor, Contestant, Pool, TokioLocal, TokioMany, TokioSend, TokioSet};
use cost::{Limit, Question, Row, Spent, Unit, smoke};
use executor::Executor;
#[cfg(feature = "peers")]
use uring::{Compio, Glommio, Monoio};

/// Adds a contestant whose executor lives through all iterations.
fn warm<R: Contestant, F: Future + 'static>(
    row: &mut Row<'_>,
    name: &str,
    work: fn(u64) -> F,
    once: u64,
) {
    let runtime = match R::new() {
        Ok(runtime) => runtime,
        Err(why) => return row.absent(R::KIND, name, why),
    };
    row.time(R::KIND, name, move |times| {
        Spent::in_(|| (0..times).for_each(|_| drop(runtime.block_on(work(once)))))
    });
}

/// The same for the one with many threads, where the work is a task too.
fn warm_many<F>(row: &mut Row<'_>, name: &str, work: fn(u64) -> F, once: u64)
where
    F: Future<Output: Send> + Send + 'static,
{
    let runtime = match TokioMany::new() {
        Ok(runtime) => runtime,
        Err(why) => return row.absent(TokioMany::KIND, name, why),
    };
    row.time(TokioMany::KIND, name, move |times| {
        Spent::in_(|| (0..times).for_each(|_| drop(runtime.work(work(once)))))
    });
}

/// Adds all contestants, each with its own copy of a generic function.
macro_rules! all {
    ($row:ident, $once:expr, $($work:tt)+) => {
        all!(fair $row, $once, $($work)+);
        #[cfg(feature = "peers")]
        all!(one Monoio, $row, $once, $($work)+);
    };
    // All who poll the others before a task that wakes itself.
    (fair $row:ident, $once:expr, $($work:tt)+) => {
        all!(one Executor, $row, $once, $($work)+);
        all!(one TokioSend, $row, $once, $($work)+);
        all!(one TokioLocal, $row, $once, $($work)+);
        all!(one TokioSet, $row, $once, $($work)+);
        all!(many $row, $once, $($work)+);
        all!(one AsyncExecutor, $row, $once, $($work)+);
        all!(one Pool, $row, $once, $($work)+);
        #[cfg(feature = "peers")]
        all!(one Glommio, $row, $once, $($work)+);
        #[cfg(feature = "peers")]
        all!(one Compio, $row, $once, $($work)+);
    };
    (many $row:ident, $once:expr, |$r:ident, $count:ident| $work:expr) => {{
        type $r = TokioMany;
        warm_many($row, $r::NAME, |$count| $work, $once);
    }};
    (one $contestant:ident, $row:ident, $once:expr, |$r:ident, $count:ident| $work:expr) => {{
        type $r = $contestant;
        warm::<$r, _>($row, $r::NAME, |$count| $work, $once);
    }};
}

fn main() -> ExitCode {
    if let Some(code) = alone::asked() {
        return code;
    }
    let mut question = Question::new("tasks");

    let row = question.row("spawn and join, one after another", 1_000);
    all!(row, 1_000, |R, tasks| work::one_by_one::<R>(tasks));
    row.time(Limit, "a box, polled and dropped", |times| {
        Spent::in_(|| (0..times * 1_000).for_each(|_| work::boxes(1)))
    });

    let row = question.row("spawn and join, 1,000 at once", 1_000);
    all!(row, 1_000, |R, tasks| work::at_once::<R>(tasks));
    row.time(Limit, "a box, polled and dropped", |times| {
        Spent::in_(|| (0..times).for_each(|_| work::boxes(1_000)))
    });

    let million = if smoke() { 1_000 } else { 1_000_000 };
    let row = question.row("spawn and join, 1,000,000 at once, cold", million);
    row.lasts(Duration::from_secs(cost::PASSES as u64));
    for (unit, job) in [
        (Unit::CpuTime, alone::COLD),
        (Unit::WallTime, alone::COLD_WALL),
    ] {
        for (kind, name) in alone::everybody() {
            row.figures(kind, name, unit, move || alone::passes(job, name, million));
        }
    }

    let row = question.row("yield, 1 task", 1_000);
    all!(row, 1_000, |R, yields| work::yields::<R>(1, yields));
    row.time(Limit, "a queue of function pointers", |times| {
        Spent::in_(|| work::queue_of_functions(1, times * 1_000))
    });

    let row = question.row("yield, 1,000 tasks", 10_000);
    all!(fair row, 10_000, |R, yields| work::yields::<R>(1_000, yields));
    #[cfg(feature = "peers")]
    row.absent(
        Monoio::KIND,
        Monoio::NAME,
        "a task that wakes itself is polled again before all others",
    );
    row.time(Limit, "a queue of function pointers", |times| {
        Spent::in_(|| work::queue_of_functions(1_000, times * 10_000))
    });

    let row = question.row("ping-pong through futures' bounded channels", 1_000);
    all!(row, 1_000, |R, messages| work::ping_pong::<R>(messages));

    let row = question.row("ping-pong through one's own bounded channels", 1_000);
    warm::<Executor, _>(row, Executor::NAME, work::our_channel, 1_000);
    warm::<TokioSend, _>(
        row,
        TokioSend::NAME,
        work::tokio_channel::<TokioSend>,
        1_000,
    );
    warm::<TokioLocal, _>(
        row,
        TokioLocal::NAME,
        work::tokio_channel::<TokioLocal>,
        1_000,
    );
    warm::<TokioSet, _>(row, TokioSet::NAME, work::tokio_channel::<TokioSet>, 1_000);
    warm_many(
        row,
        TokioMany::NAME,
        work::tokio_channel::<TokioMany>,
        1_000,
    );
    let name = "async-executor, async-channel";
    warm::<AsyncExecutor, _>(row, name, work::async_channel::<AsyncExecutor>, 1_000);
    warm::<Pool, _>(row, Pool::NAME, work::futures_channel::<Pool>, 1_000);

    let row = question.row("to another thread and back, both asleep", 100);
    all!(row, 100, |R, times| work::to_a_thread_and_back(times));

    let row = question.row("woken from another thread, 1,000 tasks", 10 * work::WOKEN);
    all!(row, 10, |R, rounds| work::woken_by_a_thread::<R>(rounds));

    let many = if smoke() { 1_000 } else { 100_000 };
    let row = question.row("fan-in of 100,000 oneshots", many);
    warm::<Executor, _>(row, "executor", work::our_fan_in, many);
    let name = "executor, futures' oneshots";
    warm::<Executor, _>(row, name, work::our_fan_in_of_theirs, many);
    let name = "futures-buffered on tokio";
    warm::<TokioSend, _>(row, name, work::buffered_fan_in::<TokioSend>, many);
    let name = "futures-buffered on async-executor";
    warm::<AsyncExecutor, _>(row, name, work::buffered_fan_in::<AsyncExecutor>, many);
    let name = "futures on LocalPool";
    warm::<Pool, _>(row, name, work::unordered_fan_in::<Pool>, many);

    let row = question.row("resident memory for each waiting task of 96 bytes", 1);
    for (kind, name) in alone::everybody() {
        row.figures(kind, name, Unit::Bytes, move || {
            alone::passes(alone::HELD, name, many)
        });
    }
    row.figure(Limit, "the future", Unit::Bytes, || Ok(96.0));

    let row = question.row("allocations for each of 10,000 tasks at once", 1);
    for (kind, name) in alone::everybody() {
        row.lasts(Duration::from_secs(2));
        row.figure(kind, name, Unit::Allocations, move || {
            alone::allocations(name, 10_000)
        });
    }
    row.figure(Limit, "a box", Unit::Allocations, || Ok(1.0));
    question.run();
    ExitCode::SUCCESS
}
