//! What does a timer cost? To put it in and have it fire, to put it in and cancel it; and how late does it fire? Ours
//! beside tokio's, async-io's and, with `--features peers`, monoio's, glommio's and compio's, through what their users call:
//! `sleep_until` and its drop. All are on one thread, but for tokio's runtime for many, which has two.
//!
//! Everybody does the same work, one piece of code. Deadlines are spread by chance, by the same chance for all. Runtimes
//! and the memory that they keep are those of the iteration before.
//!
//! The limit is the standard library's binary heap, with nothing around it: no tasks, no wakers, no clock, no sleep.
//!
//! To reach, against the best of the others: 500,000 timers 1.8 times faster, 100,000 1.15 times, created and cancelled
//! 1.2 times; 99 of 100 less than 1 ms late.

mod contestants;
#[path = "../cost/mod.rs"]
mod cost;
#[cfg(feature = "peers")]
mod uring;

use std::cell::OnceCell;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::future::poll_fn;
use std::hint::black_box;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::Poll;
use std::time::{Duration, Instant};

use contestants::{AsyncIo, Contestant, Tokio, TokioMany};
use cost::{Clocks, Limit, Question, Row, Spent, Unit, grouped, smoke};
use ioloop::IoLoop;
#[cfg(feature = "peers")]
use uring::{Compio, Glommio, Monoio};

/// Numbers that look like chance, always the same: xorshift.
fn chance() -> impl Iterator<Item = u64> {
    let mut state: u64 = 0x2545_F491_4F6C_DD1D;
    std::iter::repeat_with(move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    })
}

/// So many deadlines within `span`, from `begin` on.
fn deadlines(count: usize, begin: Instant, span: Duration) -> impl Iterator<Item = Instant> {
    let span = span.as_nanos() as u64;
    let after = move |chance: u64| begin + Duration::from_nanos(chance % span);
    chance().take(count).map(after)
}

/// When timers fire: the first after `lead`, in which all are put in; all of them within `span` from then.
#[derive(Clone, Copy)]
struct Plan {
    count: usize,
    lead: Duration,
    span: Duration,
}

impl Plan {
    fn new(count: usize, lead: u64, span: u64) -> Self {
        let (count, lead, span) = if smoke() {
            (100, 1, 5)
        } else {
            (count, lead, span)
        };
        let (lead, span) = (Duration::from_millis(lead), Duration::from_millis(span));
        Self { count, lead, span }
    }
}

/// Tasks that sleep, all at once. What each says of its deadline when it wakes.
async fn sleepers<C: Contestant, T: Send + 'static>(plan: Plan, says: fn(Instant) -> T) -> Vec<T> {
    let begin = Instant::now() + plan.lead;
    let deadlines = deadlines(plan.count, begin, plan.span);
    let tasks: Vec<_> = deadlines
        .map(|deadline| C::sleeper(deadline, says))
        .collect();
    let mut said = Vec::with_capacity(plan.count);
    for task in tasks {
        said.push(task.await);
    }
    said
}

/// Adds a contestant whose tasks sleep.
fn fires<C: Contestant>(row: &mut Row<'_>, plan: Plan) {
    let runtime = match C::new() {
        Ok(runtime) => runtime,
        Err(why) => return row.absent(C::KIND, C::NAME, why),
    };
    // criterion wants ten samples, and warms up with one more.
    row.lasts((plan.lead + plan.span) * 11);
    row.time(C::KIND, C::NAME, move |times| {
        Spent::in_(|| {
            for _ in 0..times {
                runtime.sleepers(plan, |_| ());
            }
        })
    });
}

/// Adds the lateness of half of them, and of 99 in 100, at most: both of the same runs.
fn lateness<C: Contestant>(row: &mut Row<'_>, plan: Plan) {
    let pass = move |_| -> Result<Vec<Duration>, String> {
        let runtime = C::new().map_err(|why| why.to_string())?;
        let mut late = runtime.sleepers(plan, |deadline| deadline.elapsed());
        late.sort_unstable();
        Ok(late)
    };
    // Of the two figures, the first takes the time of all passes.
    row.lasts((plan.lead + plan.span) * cost::PASSES as u32 / 2);
    let passes = Rc::new(OnceCell::new());
    for (unit, percent) in [(Unit::LateP50, 50), (Unit::LateP99, 99)] {
        let passes = passes.clone();
        row.figures(C::KIND, C::NAME, unit, move || {
            let run = || (0..cost::PASSES).map(pass).collect::<Result<Vec<_>, _>>();
            let passes = passes.get_or_init(run).as_ref().map_err(String::clone)?;
            let late = |late: &Vec<Duration>| late[late.len() * percent / 100].as_nanos() as f64;
            Ok(passes.iter().map(late).collect())
        });
    }
}

/// Timers that are polled once, and wait; at the earliest for a minute.
async fn waiting<C: Contestant>(count: usize) -> Vec<Pin<Box<impl Future>>> {
    let minute = Duration::from_secs(60);
    let deadlines = deadlines(count, Instant::now() + minute, minute);
    let mut timers: Vec<_> = deadlines.map(|at| Box::pin(C::sleep_until(at))).collect();
    poll_fn(|cx| {
        for timer in &mut timers {
            assert!(timer.as_mut().poll(cx).is_pending());
        }
        Poll::Ready(())
    })
    .await;
    timers
}

/// Adds a contestant that is given timers which never fire, each cancelled before the next, while others wait.
fn one_by_one<C: Contestant>(row: &mut Row<'_>, others: usize, count: u64) {
    let runtime = match C::new() {
        Ok(runtime) => runtime,
        Err(why) => return row.absent(C::KIND, C::NAME, why),
    };
    row.time(C::KIND, C::NAME, move |times| {
        runtime.block_on(async {
            let _others = waiting::<C>(others).await;
            let deadline = Instant::now() + Duration::from_secs(30);
            poll_fn(|cx| {
                Poll::Ready(Spent::in_(|| {
                    for _ in 0..times * count {
                        let timer = pin!(C::sleep_until(black_box(deadline)));
                        assert!(timer.poll(cx).is_pending());
                    }
                }))
            })
            .await
        })
    });
}

/// Which part of adding and cancelling many is timed.
#[derive(Clone, Copy, PartialEq)]
enum Part {
    Add,
    Cancel,
}

/// Adds a contestant that is given many timers at once, and then has them all cancelled.
fn at_once<C: Contestant>(row: &mut Row<'_>, count: usize, part: Part) {
    if count > C::WAKERS {
        let most = grouped(&C::WAKERS.to_string());
        let why = format!("a task has {most} wakers at most");
        return row.absent(C::KIND, C::NAME, why);
    }
    let runtime = match C::new() {
        Ok(runtime) => runtime,
        Err(why) => return row.absent(C::KIND, C::NAME, why),
    };
    row.time(C::KIND, C::NAME, move |times| {
        runtime.block_on(async {
            let mut spent = Spent::default();
            for _ in 0..times {
                let begin = Clocks::read();
                let timers = waiting::<C>(count).await;
                let added = begin.until_now();
                let cancelled = Spent::in_(|| timers);
                spent += if part == Part::Add { added } else { cancelled };
            }
            spent
        })
    });
}

/// A heap that keeps its memory, as the runtimes do.
fn heap(
    row: &mut Row<'_>,
    mut work: impl FnMut(&mut BinaryHeap<Reverse<(u64, usize)>>) -> Spent + 'static,
) {
    let mut heap = BinaryHeap::new();
    row.time(Limit, "a binary heap", move |times| {
        let mut spent = Spent::default();
        for _ in 0..times {
            spent += work(&mut heap);
        }
        heap.clear();
        spent
    });
}

/// Deadlines as numbers, within ten seconds.
fn numbers(count: usize) -> impl Iterator<Item = (u64, usize)> {
    chance().map(|chance| chance % 10_000_000_000).zip(0..count)
}

/// All are put in and come out.
fn heap_fires(row: &mut Row<'_>, count: usize) {
    heap(row, move |heap| {
        Spent::in_(|| {
            heap.extend(numbers(count).map(Reverse));
            while let Some(first) = heap.pop() {
                black_box(first);
            }
        })
    });
}

/// One is put in and comes out while others wait. A heap takes out no other than the first.
fn heap_one_by_one(row: &mut Row<'_>, others: usize, count: u64) {
    heap(row, move |heap| {
        if heap.is_empty() {
            heap.extend(numbers(others).map(|(deadline, other)| Reverse((deadline + 1, other))));
        }
        Spent::in_(|| {
            for _ in 0..count {
                heap.push(Reverse((0, black_box(0))));
                black_box(heap.pop());
            }
        })
    });
}

fn heap_adds(row: &mut Row<'_>, count: usize) {
    heap(row, move |heap| {
        heap.clear();
        Spent::in_(|| heap.extend(numbers(count).map(Reverse)))
    });
}

/// Adds all contestants to a row.
macro_rules! all {
    ($row:ident, $adds:ident($($argument:expr),*)) => {
        $adds::<IoLoop>($row, $($argument),*);
        $adds::<Tokio>($row, $($argument),*);
        $adds::<TokioMany>($row, $($argument),*);
        $adds::<AsyncIo>($row, $($argument),*);
        #[cfg(feature = "peers")]
        $adds::<Monoio>($row, $($argument),*);
        #[cfg(feature = "peers")]
        $adds::<Glommio>($row, $($argument),*);
        #[cfg(feature = "peers")]
        $adds::<Compio>($row, $($argument),*);
    };
}

fn main() {
    let mut question = Question::new("timers");
    question.slow();

    let plan = Plan::new(500_000, 700, 500);
    let row = question.row("add and fire, 500,000 within 0.5 s", plan.count as u64);
    fires::<IoLoop>(row, plan);
    fires::<Tokio>(row, plan);
    fires::<TokioMany>(row, plan);
    heap_fires(row, plan.count);

    let plan = Plan::new(100_000, 250, 500);
    let row = question.row("add and fire, 100,000 within 0.5 s", plan.count as u64);
    all!(row, fires(plan));
    heap_fires(row, plan.count);

    let others = if smoke() { 10 } else { 10_000 };
    let row = question.row("create and cancel, 10,000 others wait", 1_000);
    all!(row, one_by_one(others, 1_000));
    heap_one_by_one(row, others, 1_000);

    let many = if smoke() { 100 } else { 100_000 };
    let row = question.row("add 100,000, each in a box", many as u64);
    all!(row, at_once(many, Part::Add));
    heap_adds(row, many);

    let row = question.row("cancel 100,000, each in a box", many as u64);
    all!(row, at_once(many, Part::Cancel));

    let plan = Plan::new(10_000, 50, 1_000);
    let row = question.row("lateness of 10,000 within 1 s", 1);
    all!(row, lateness(plan));

    let plan = Plan::new(100_000, 250, 1_000);
    let row = question.row("lateness of 100,000 within 1 s", 1);
    lateness::<IoLoop>(row, plan);
    lateness::<Tokio>(row, plan);
    lateness::<TokioMany>(row, plan);

    question.run();
}
