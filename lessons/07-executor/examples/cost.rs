//! What the forty lines cost, beside the real executor: `cargo run --release -p lesson-07-executor --example cost`

use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use executor::{Executor, spawn, yield_now};
use lesson_07_executor::forty_lines::{Task, block_on, run};

const COUNT: u32 = 1_000_000;

/// Nanoseconds for each of a million, the best of five runs.
fn best(mut work: impl FnMut()) -> f64 {
    let mut once = || {
        let begin = Instant::now();
        work();
        begin.elapsed().as_nanos() as f64 / f64::from(COUNT)
    };
    (0..5).map(|_| once()).fold(f64::MAX, f64::min)
}

fn compare(what: &str, small: impl FnMut(), real: impl FnMut()) {
    let (small, real) = (best(small), best(real));
    println!("{what:36} {small:8.1} ns {real:10.1} ns");
}

async fn yields(times: u32) {
    for _ in 0..times {
        yield_now().await;
    }
}

/// The wrong way to wait: asks again and again, with a waker that does nothing.
fn spin_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        let polled = future
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()));
        if let Poll::Ready(value) = polled {
            return value;
        }
    }
}

/// How often a future is polled that is set by another thread after 100 ms.
fn polls(wait: impl FnOnce(&mut dyn FnMut(&mut Context<'_>) -> Poll<()>)) -> u64 {
    let (promise, future) = promise::pair();
    let setter = thread::spawn(move || {
        thread::sleep(Duration::from_millis(100));
        promise.set(());
    });
    let mut future = pin!(future);
    let mut polls = 0;
    wait(&mut |cx| {
        polls += 1;
        future.as_mut().poll(cx).map(|outcome| outcome.unwrap())
    });
    setter.join().unwrap();
    polls
}

fn main() {
    let spins = polls(|poll| spin_on(std::future::poll_fn(poll)));
    let sleeps = polls(|poll| block_on(std::future::poll_fn(poll)));
    println!("polls while a reply takes 100 ms     spinning {spins}, sleeping {sleeps}\n");

    println!("{:36} {:>11} {:>13}", "", "forty lines", "executor");
    compare(
        "a turn, 1 task",
        || block_on(yields(COUNT)),
        || executor::block_on(yields(COUNT)),
    );
    let thousand = || {
        let tasks = (0..1000).map(|_| Box::pin(yields(COUNT / 1000)) as Task<'_>);
        run(tasks.collect());
    };
    let executor = Executor::new();
    compare("a turn, 1,000 tasks", thousand, || {
        let tasks: Vec<_> = (0..1000)
            .map(|_| executor.spawn(yields(COUNT / 1000)))
            .collect();
        executor.block_on(async {
            for task in tasks {
                task.await.unwrap();
            }
        });
    });
    let million = || {
        let task = |n| {
            Box::pin(async move {
                black_box(n);
            }) as Task<'_>
        };
        run((0..COUNT).map(task).collect());
    };
    compare("a task, made and run, of a million", million, || {
        executor.block_on(async {
            let tasks = (0..COUNT).map(|n| {
                spawn(async move {
                    black_box(n);
                })
            });
            for task in tasks.collect::<Vec<_>>() {
                task.await.unwrap();
            }
        });
    });
}
