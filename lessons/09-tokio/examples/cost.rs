//! What tasks cost on our loop and on tokio's runtimes, and what a second processor gives:
//! `cargo run --release -p lesson-09-tokio --example cost`

use std::future::poll_fn;
use std::hint::black_box;
use std::task::Poll;
use std::time::Instant;

use ioloop::IoLoop;
use tokio::runtime::{Builder, Runtime};

const COUNT: u32 = 100_000;

/// Nanoseconds for each of `parts`, the best of a hundred runs: on a busy machine most are not.
fn best(parts: u32, mut work: impl FnMut()) -> f64 {
    let mut once = || {
        let begin = Instant::now();
        work();
        begin.elapsed().as_nanos() as f64 / f64::from(parts)
    };
    (0..100).map(|_| once()).fold(f64::MAX, f64::min)
}

fn row(what: &str, unit: &str, figures: [f64; 3]) {
    let [ours, one, many] = figures;
    println!("{what:34} {ours:8.1} {unit} {one:13.1} {unit} {many:13.1} {unit}");
}

/// Wakes itself and goes to the end of the queue, so many times. The same on every executor: what is called `yield_now`
/// is not.
async fn turns(times: u32) {
    let mut left = times;
    poll_fn(|cx| match left {
        0 => Poll::Ready(()),
        _ => {
            left -= 1;
            cx.waker().wake_by_ref();
            Poll::Pending
        }
    })
    .await;
}

/// A millisecond or two of arithmetic, the same code for all.
#[inline(never)]
fn compute(seed: u64) -> u64 {
    (0..1_000_000).fold(seed, |x, _| {
        black_box(x.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1))
    })
}

/// Spawns so many tasks and awaits them.
async fn on_ours<F>(count: u32, task: impl Fn(u32) -> F)
where
    F: Future<Output: 'static> + 'static,
{
    let tasks: Vec<_> = (0..count).map(|n| ioloop::spawn(task(n))).collect();
    for task in tasks {
        task.await.unwrap();
    }
}

/// The same; what a task is must be `Send` here.
async fn on_tokio<F>(count: u32, task: impl Fn(u32) -> F)
where
    F: Future<Output: Send + 'static> + Send + 'static,
{
    let tasks: Vec<_> = (0..count).map(|n| tokio::spawn(task(n))).collect();
    for task in tasks {
        task.await.unwrap();
    }
}

fn main() {
    let ours = IoLoop::current();
    let one = Builder::new_current_thread().enable_all().build().unwrap();
    let mut many = Builder::new_multi_thread();
    let many = many.worker_threads(2).enable_all().build().unwrap();
    let theirs: [&Runtime; 2] = [&one, &many];

    println!(
        "{:34} {:>11} {:>16} {:>16}",
        "", "our loop", "tokio, 1 thread", "tokio, 2 threads"
    );
    for (what, tasks) in [("a turn, 1 task", 1), ("a turn, 1,000 tasks", 1000)] {
        let turns = || on_ours(tasks, |_| turns(COUNT / tasks));
        let ours = best(COUNT, || ours.block_on(turns()));
        let turns = || on_tokio(tasks, |_| self::turns(COUNT / tasks));
        let [one, many] = theirs.map(|runtime| best(COUNT, || runtime.block_on(turns())));
        row(what, "ns", [ours, one, many]);
    }
    let task = |n| async move { black_box(n) };
    let few = 1000;
    let figures = [
        best(few, || ours.block_on(on_ours(few, task))),
        best(few, || one.block_on(on_tokio(few, task))),
        best(few, || many.block_on(on_tokio(few, task))),
    ];
    row("a task, made and run, of 1,000", "ns", figures);
    let sums = |n| async move { compute(u64::from(n)) };
    let millions = 1_000_000; // nanoseconds to milliseconds
    let figures = [
        best(millions, || ours.block_on(on_ours(8, sums))),
        best(millions, || one.block_on(on_tokio(8, sums))),
        best(millions, || many.block_on(on_tokio(8, sums))),
    ];
    row("8 tasks that compute, all of them", "ms", figures);
}
