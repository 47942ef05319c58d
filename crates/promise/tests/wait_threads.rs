//! A Runner and a setter on two threads: every order of what they tell. A set may come before the wait, while the
//! coroutine is put aside, or after; it is resumed exactly once.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use promise::{Future, Runner, pair, wait};
use timeline::{Explorer, tell, thread};

/// Tells before its wait, when it is put aside, and after.
fn a(n: Future<u32>) -> Future<u32> {
    let runner = Runner::new().on_suspend(|| tell("A suspended"));
    runner.run(co::from_async(move |y| async move {
        tell("A begins");
        let site = &co::Site {
            coroutine: "a",
            yields: "n",
            file: file!(),
            line: line!(),
        };
        let n = wait(y, n, site).await?;
        tell("A resumed");
        Ok(n)
    }))
}

#[test]
fn whenever_it_is_set_it_is_resumed_once_and_by_the_right_thread() {
    let seen = Explorer::new().run_and_check(
        || {
            let (promise, n) = pair();
            thread::spawn("io", move || {
                tell("I/O ends");
                promise.set(7);
            });
            let got = Arc::new(Mutex::new(0));
            let into = got.clone();
            a(n).add_done_callback(move |n| *into.lock().unwrap() = *n.as_ref().unwrap());
            tell("A leaves");
        },
        |recording| {
            let events = recording.events.iter();
            let told: Vec<_> = events.map(|e| (&*e.thread, &*e.what)).collect();
            let resumed: Vec<_> = told
                .iter()
                .filter(|(_, what)| *what == "A resumed")
                .collect();
            if resumed.len() != 1 {
                return Err(format!("resumed {} times", resumed.len()));
            }
            // Whoever comes last goes on: the setter if A is put aside, else main itself.
            let at = |what| told.iter().position(|t| t.1 == what);
            let (io, suspended) = (at("I/O ends"), at("A suspended"));
            match (resumed[0].0, suspended) {
                ("main", None) if io < at("A resumed") => Ok(()),
                ("main", Some(_)) | ("io-1", Some(_)) => Ok(()),
                (thread, _) => Err(format!("resumed on {thread}")),
            }
        },
    );
    seen.assert_no_failure();
    // Not suspended; set while it is put aside, and resumed by main; suspended, and resumed by io-1.
    let kind = |order: &timeline::Order| {
        let told = |who: &str, what: &str| order.iter().any(|(t, w)| &**t == who && w == what);
        (told("main", "A suspended"), told("main", "A resumed"))
    };
    let kinds: BTreeSet<_> = seen.orders.iter().map(kind).collect();
    let expected = BTreeSet::from([(false, true), (true, true), (true, false)]);
    assert_eq!(kinds, expected);
}

#[test]
fn a_list_set_by_two_threads_is_resumed_once_by_the_last_of_all() {
    let seen = Explorer::new().run_and_check(
        || {
            let (first, x) = pair();
            let (second, y) = pair();
            let sum = Runner::new().run(co::from_async(move |yielder| async move {
                let site = &co::Site {
                    coroutine: "sum",
                    yields: "[x, y]",
                    file: file!(),
                    line: line!(),
                };
                let [x, y]: [u32; 2] = wait(yielder, [x, y], site).await?;
                tell(format!("A resumed with {}", x + y));
                Ok(())
            }));
            for (promise, n) in [(first, 1), (second, 2)] {
                thread::spawn("io", move || {
                    tell("I/O ends");
                    promise.set(n);
                    tell("set returns");
                });
            }
            drop(sum);
        },
        |recording| {
            let told: Vec<_> = recording.events.iter().map(|e| &*e.what).collect();
            let resumed = told.iter().filter(|w| **w == "A resumed with 3").count();
            let at = told.iter().position(|w| *w == "A resumed with 3");
            let ended = told[..at.unwrap_or(0)]
                .iter()
                .filter(|w| **w == "I/O ends")
                .count();
            match (resumed, ended) {
                (1, 2) => Ok(()),
                other => Err(format!("{other:?}")),
            }
        },
    );
    seen.assert_no_failure();
    let by = |io: &str| {
        let by_it = |(t, w): &(Arc<str>, String)| &**t == io && w.starts_with("A resumed");
        seen.orders.iter().any(|order| order.iter().any(by_it))
    };
    assert!(by("io-1") && by("io-2"));
}
