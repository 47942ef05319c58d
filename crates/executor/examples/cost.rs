//! What a spawn with its join, a yield, and a wake cost: `cargo run --release -p executor --example cost`.
//!
//! Printed in nanoseconds, the best of five runs.

use std::hint::black_box;
use std::time::Instant;

use executor::{Executor, channel, yield_now};

fn best(what: &str, count: u32, mut run: impl FnMut()) {
    let once = |run: &mut dyn FnMut()| {
        let begin = Instant::now();
        run();
        begin.elapsed().as_nanos() as f64 / f64::from(count)
    };
    let least = (0..5).map(|_| once(&mut run)).fold(f64::MAX, f64::min);
    println!("{what:44} {least:8.1} ns");
}

fn main() {
    const COUNT: u32 = 1_000_000;
    let executor = Executor::new();
    best("spawn and join, one after another", COUNT, || {
        executor.block_on(async {
            for number in 0..COUNT {
                black_box(executor.spawn(async move { number }).await.unwrap());
            }
        });
    });
    best("spawn and join, a million at once", COUNT, || {
        executor.block_on(async {
            let spawned = (0..COUNT).map(|number| executor.spawn(async move { number }));
            for task in spawned.collect::<Vec<_>>() {
                black_box(task.await.unwrap());
            }
        });
    });
    best("yield, 1 task", COUNT, || {
        executor.block_on(async {
            for _ in 0..COUNT {
                yield_now().await;
            }
        });
    });
    best("yield, 1,000 tasks", COUNT, || {
        let tasks = [(); 1000].map(|()| {
            executor.spawn(async {
                for _ in 0..COUNT / 1000 {
                    yield_now().await;
                }
            })
        });
        executor.block_on(async {
            for task in tasks {
                task.await.unwrap();
            }
        });
    });
    best("ping-pong through two channels of 1", COUNT, || {
        let (ping, mut pinged) = channel(1);
        let (pong, mut ponged) = channel(1);
        drop(executor.spawn(async move {
            while let Some(number) = pinged.recv().await {
                pong.send(number).await.unwrap();
            }
        }));
        executor.block_on(async {
            for number in 0..COUNT {
                ping.send(number).await.unwrap();
                black_box(ponged.recv().await.unwrap());
            }
        });
    });
}
