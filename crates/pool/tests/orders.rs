//! A pool in every order of what its threads tell: the explorer sees all of its waiting, and every run ends.

use std::collections::BTreeSet;
use std::time::Duration;

use pool::Pool;
use promise::{Error, Future, Runner, run, wait};
use timeline::{Explorer, Order, tell, thread};

/// A pool of which the explorer sees everything.
fn pool(threads: usize) -> Pool {
    Pool::new(threads)
        .named("io")
        .idle_for(Duration::ZERO)
        .spawned_by(|role, body| {
            let thread = thread::spawn(role, body);
            Box::new(move || drop(thread.join()))
        })
}

fn by_thread(order: &Order, name: &str) -> Vec<String> {
    let told = order.iter().filter(|(thread, _)| &**thread == name);
    told.map(|(_, what)| what.clone()).collect()
}

#[test]
fn one_thread_takes_two_tasks_one_after_another_or_leaves_in_between() {
    let seen = Explorer::new().run(|| {
        let pool = pool(1);
        let tasks = ["1", "2"].map(|n| {
            let task = pool.submit(move || {
                tell(format!("task {n} begins"));
                tell(format!("task {n} ends"));
            });
            tell(format!("task {n} submitted"));
            task
        });
        pool.shutdown();
        assert!(tasks.into_iter().all(|task| task.try_take().is_ok()));
    });
    seen.assert_no_failure();
    let mut places = BTreeSet::new();
    for order in &seen.orders {
        let io: Vec<_> = order.iter().filter(|(t, _)| &**t != "main").collect();
        let what: Vec<_> = io.iter().map(|(_, what)| &**what).collect();
        // One thread at a time, in the order of submission, whichever threads they are.
        let expected = [
            "task 1 begins",
            "task 1 ends",
            "task 2 begins",
            "task 2 ends",
        ];
        assert_eq!(what, expected);
        places.insert((
            by_thread(order, "io-1").len(),
            by_thread(order, "io-2").len(),
        ));
    }
    // Both on one thread; or the first thread was gone before the second task came.
    assert_eq!(places, BTreeSet::from([(4, 0), (2, 2)]));
}

#[test]
fn two_threads_take_two_tasks_in_every_interleaving() {
    let seen = Explorer::new().run(|| {
        let pool = pool(2);
        let tasks = ["1", "2"].map(|n| {
            pool.submit(move || {
                tell(format!("task {n} begins"));
                tell(format!("task {n} ends"));
            })
        });
        pool.shutdown();
        assert!(tasks.into_iter().all(|task| task.try_take().is_ok()));
    });
    seen.assert_no_failure();
    let whats = |order: &Order| {
        order
            .iter()
            .map(|(_, what)| what.clone())
            .collect::<Vec<_>>()
    };
    let whats: BTreeSet<_> = seen.orders.iter().map(whats).collect();
    assert_eq!(whats.len(), 6); // 4! / (2! 2!)
}

/// Tasks that run come to their end, those that are queued are refused, and nobody hangs.
#[test]
fn a_pool_dropped_at_any_moment_gives_each_task_one_outcome() {
    let seen = Explorer::new().run(|| {
        let pool = pool(1);
        let tasks = ["1", "2"].map(|n| pool.submit(move || tell(format!("task {n} runs"))));
        tell("drop");
        drop(pool);
        for (task, n) in tasks.into_iter().zip(1..) {
            match task.try_take().expect("nothing is left undone") {
                Ok(()) => tell(format!("task {n} ended")),
                Err(error) => tell(format!("task {n}: {error}")),
            }
        }
    });
    seen.assert_no_failure();
    let refused = |n: u8| format!("task {n}: the pool was dropped before the task began");
    let mut outcomes = BTreeSet::new();
    for order in &seen.orders {
        let told = by_thread(order, "main");
        assert_eq!(told.len(), 3);
        for (what, n) in told[1..].iter().zip(1..) {
            let ran = order.iter().any(|(_, w)| *w == format!("task {n} runs"));
            assert_eq!(ran, *what == format!("task {n} ended"), "{order:?}");
            assert_eq!(ran, *what != refused(n), "{order:?}");
        }
        outcomes.insert((told[1] == refused(1), told[2] == refused(2)));
    }
    // A thread is at its first step when `submit` returns, so the first task has always begun.
    assert_eq!(outcomes, BTreeSet::from([(false, false), (false, true)]));
}

/// The Runner over a pool: put aside or not, resumed once, by the thread of the last I/O or by main.
#[test]
fn a_coroutine_over_two_ios_ends_in_every_order() {
    #[co::coroutine(start = run, wait = wait)]
    fn a(first: Future<u8>, second: Future<u8>) -> Future<u8> {
        tell("A begins");
        let [x, y] = yield_!([first, second])?;
        tell(format!("A resumed with {x} and {y}"));
        Ok(x + y)
    }
    let seen = Explorer::new().run(|| {
        let pool = pool(2);
        let io = |n| {
            pool.submit(move || {
                tell("I/O ends");
                n
            })
        };
        let a = a(io(1), io(2));
        pool.shutdown();
        assert_eq!(a.try_take().unwrap().unwrap(), 3);
    });
    seen.assert_no_failure();
    let mut resumed_by = BTreeSet::new();
    for order in &seen.orders {
        let at = |what: &str| {
            let here = |(n, (_, w)): (usize, &(_, String))| (w == what).then_some(n);
            order
                .iter()
                .enumerate()
                .filter_map(here)
                .collect::<Vec<_>>()
        };
        let resumed = at("A resumed with 1 and 2");
        assert_eq!(resumed.len(), 1);
        assert!(at("I/O ends").iter().all(|&end| end < resumed[0]));
        resumed_by.insert(order[resumed[0]].0.to_string());
    }
    let all = ["io-1", "io-2", "main"].map(str::to_owned);
    assert_eq!(resumed_by, BTreeSet::from(all));
}

/// The last owner of the pool is a coroutine that goes on on the pool's own thread.
#[test]
fn a_coroutine_that_owns_the_pool_drops_it_wherever_it_ends() {
    let seen = Explorer::new().run(|| {
        let pool = pool(1);
        let io = pool.submit(|| tell("I/O ends"));
        let runner = Runner::new().on_suspend(|| tell("A suspended"));
        let a: Future<()> = runner.run(co::from_async(move |y| async move {
            let _owned = pool;
            let site = &co::Site {
                coroutine: "a",
                yields: "io",
                file: file!(),
                line: line!(),
            };
            wait(y, io, site).await?;
            tell("A ends");
            Ok::<(), Error>(())
        }));
        drop(a);
    });
    seen.assert_no_failure();
    let by = |name: &str| {
        seen.orders
            .iter()
            .any(|o| by_thread(o, name).contains(&"A ends".to_owned()))
    };
    assert!(by("main") && by("io-1"));
}
