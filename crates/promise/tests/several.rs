//! Several at once. Rows D1 to D6.

#[path = "log/mod.rs"]
mod log;

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::mpsc;

use log::logged;
use promise::{Error, Future, Promise, Runner, Waitable, pair, quiet_exceptions, run, wait};

fn taken<T>(future: Future<T>) -> Result<T, Error> {
    match future.try_take() {
        Ok(outcome) => outcome,
        Err(future) => panic!("{future:?} is not done"),
    }
}

#[co::coroutine(start = run, wait = wait)]
fn all<W>(what: W) -> Future<W::Value>
where
    W: Waitable<Value: Send + 'static> + Send + 'static,
{
    yield_!(what)
}

/// The line on which `all` yields.
const ALL: u32 = line!() - 4;

fn pairs<T: Send + 'static, const N: usize>() -> ([Promise<T>; N], [Future<T>; N]) {
    let mut futures = Vec::new();
    let promises = std::array::from_fn(|_| {
        let (promise, future) = pair();
        futures.push(future);
        promise
    });
    let Ok(futures) = futures.try_into() else {
        unreachable!("one for each")
    };
    (promises, futures)
}

fn error(text: &str) -> Error {
    Error::message(text)
}

#[test]
fn d1_a_list_is_waited_for_side_by_side_and_keeps_its_order() {
    // Every order in which three can be set.
    for order in [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
    ] {
        let (promises, futures) = pairs::<usize, 3>();
        let mut promises = promises.map(Some);
        let list = all(Vec::from(futures));
        for n in order {
            assert!(!list.is_done(), "{order:?}");
            promises[n].take().unwrap().set(n);
        }
        assert_eq!(taken(list).unwrap(), [0, 1, 2], "{order:?}");
    }
}

#[test]
fn d1_an_array_stays_an_array() {
    let ([a, b], futures) = pairs();
    let both: Future<[u8; 2]> = all(futures);
    b.set(2);
    a.set(1);
    assert_eq!(taken(both).unwrap(), [1, 2]);
}

#[test]
fn d2_a_map_keeps_its_keys() {
    let ([a, b], [x, y]) = pairs();
    let map = all(HashMap::from([("x", x), ("y", y)]));
    b.set(2);
    a.set(1);
    assert_eq!(taken(map).unwrap(), HashMap::from([("x", 1), ("y", 2)]));

    let ([a, b], [x, y]) = pairs();
    let map = all(BTreeMap::from([(1, x), (2, y)]));
    a.set('a');
    assert!(!map.is_done());
    b.set('b');
    assert_eq!(taken(map).unwrap(), BTreeMap::from([(1, 'a'), (2, 'b')]));
}

#[test]
fn d2_a_tuple_keeps_each_type() {
    let ((a, x), (b, y), (c, z), (d, w)) = (pair(), pair(), pair(), pair());
    let four = all((x, y, z, w));
    d.set(Some(4.5));
    c.set('c');
    b.set("b");
    a.set(1);
    assert_eq!(taken(four).unwrap(), (1, "b", 'c', Some(4.5)));
}

#[test]
fn d3_the_empty_list_and_the_empty_map_are_done_at_once() {
    assert_eq!(taken(all(Vec::<Future<u8>>::new())).unwrap(), []);
    assert_eq!(taken(all([(); 0].map(|()| pair::<u8>().1))).unwrap(), []);
    assert!(
        taken(all(HashMap::<u8, Future<u8>>::new()))
            .unwrap()
            .is_empty()
    );
    assert!(
        taken(all(BTreeMap::<u8, Future<u8>>::new()))
            .unwrap()
            .is_empty()
    );
}

#[test]
fn d3_the_same_future_twice_gives_its_value_twice() {
    let (promise, future) = pair();
    let shared = future.shared();
    let before = all(vec![shared.clone(), shared.clone()]);
    promise.set("x".to_owned());
    let after = all((shared.clone(), shared));
    assert_eq!(taken(before).unwrap(), ["x", "x"]);
    assert_eq!(taken(after).unwrap(), ("x".to_owned(), "x".to_owned()));
}

#[test]
fn d3_lists_maps_and_tuples_nest() {
    let (promises, [a, b, c]) = pairs();
    let nested = all((vec![[a], [b]], BTreeMap::from([("c", c)])));
    promises.into_iter().zip(1..).for_each(|(p, n)| p.set(n));
    let expected = (vec![[1], [2]], BTreeMap::from([("c", 3)]));
    assert_eq!(taken(nested).unwrap(), expected);
}

/// D4: one error comes after all have finished, and nothing is logged.
#[test]
fn d4_an_error_waits_for_the_others_and_is_not_logged() {
    let lines = logged(|| {
        let ([a, b, c], futures) = pairs::<u8, 3>();
        let list = all(futures);
        b.fail(error("b"));
        c.set(3);
        assert!(!list.is_done());
        a.set(1);
        assert_eq!(taken(list).unwrap_err().to_string(), "b");
    });
    assert_eq!(lines, [""; 0]);
}

/// D5: the first in the list's order, not the first in time.
#[test]
fn d5_of_several_errors_the_first_in_order_is_raised_and_the_others_are_logged() {
    let lines = logged(|| {
        let ([a, b, c, d], futures) = pairs::<u8, 4>();
        let list = all(Vec::from(futures));
        d.fail(error("d"));
        c.fail(error("c"));
        b.fail(error("b"));
        a.set(1);
        assert_eq!(taken(list).unwrap_err().to_string(), "b");
    });
    let other = |text| {
        let place = format!("in all, at yield_!(what), {}:{ALL}", file!());
        format!("ERROR Multiple exceptions in yield list: {text}\n  {place}")
    };
    assert_eq!(lines, [other("c"), other("d")]);
}

/// D5, nested: order is that of reading.
#[test]
fn d5_nested_errors_are_in_the_order_in_which_they_are_written() {
    let lines = logged(|| {
        let ([a, b, c, d], [w, x, y, z]) = pairs::<u8, 4>();
        let list = all((BTreeMap::from([(1, w), (2, x)]), [[y], [z]]));
        for (promise, text) in [(d, "d"), (c, "c"), (b, "b")] {
            promise.fail(error(text));
        }
        a.set(1);
        assert_eq!(taken(list).unwrap_err().to_string(), "b");
    });
    let texts = lines.iter().map(|line| line.lines().next().unwrap());
    let expected = [
        "ERROR Multiple exceptions in yield list: d",
        "ERROR Multiple exceptions in yield list: c",
    ];
    // The inner list speaks before the outer one.
    assert_eq!(texts.collect::<Vec<_>>(), expected);
}

#[derive(Debug)]
struct Expected(u8);

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}", self.0)
    }
}

impl std::error::Error for Expected {}

#[test]
fn d5_quiet_exceptions_silences_one_type_and_no_other() {
    let lines = logged(|| {
        let ([a, b, c], futures) = pairs::<u8, 3>();
        let list = all(quiet_exceptions::<Expected, _>(Vec::from(futures)));
        a.fail(Expected(1));
        b.fail(Expected(2));
        c.fail(error("c"));
        // The first is raised, quiet or not.
        assert_eq!(taken(list).unwrap_err().to_string(), "expected 1");
    });
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].starts_with("ERROR Multiple exceptions in yield list: c"));
}

/// What is silenced stays silent however deep it lies.
#[test]
fn d5_quiet_exceptions_reaches_into_what_it_wraps() {
    let lines = logged(|| {
        let ([a, b, c, d], [w, x, y, z]) = pairs::<u8, 4>();
        let list = all((quiet_exceptions::<Expected, _>([[w, x]]), [y, z]));
        for (promise, n) in [(a, 1), (b, 2), (c, 3), (d, 4)] {
            promise.fail(Expected(n));
        }
        assert_eq!(taken(list).unwrap_err().to_string(), "expected 1");
    });
    // 2 is silenced; 3 and 4 lie outside.
    let texts = lines.iter().map(|line| line.lines().next().unwrap());
    let expected = [
        "ERROR Multiple exceptions in yield list: expected 4",
        "ERROR Multiple exceptions in yield list: expected 3",
    ];
    assert_eq!(texts.collect::<Vec<_>>(), expected);
}

/// However many it waits for, it is put aside once and resumed once.
#[test]
fn d6_a_list_is_one_wait() {
    let (sender, turns) = mpsc::channel();
    let (said, suspensions) = mpsc::channel();
    let runner = Runner::new()
        .on_suspend(move || said.send(()).unwrap())
        .resume_on(move |resume| sender.send(resume).unwrap());
    let (promises, futures) = pairs::<u8, 3>();
    let list = runner.run(co::from_async(move |y| async move {
        let site = &co::Site {
            coroutine: "list",
            yields: "futures",
            file: file!(),
            line: line!(),
        };
        wait(y, futures, site).await
    }));
    let [a, b, c] = promises;
    a.set(1);
    c.set(3);
    assert!(turns.try_recv().is_err());
    b.set(2);
    turns.recv().unwrap()();
    assert_eq!(taken(list).unwrap(), [1, 2, 3]);
    assert_eq!(suspensions.iter().count(), 1);
    assert_eq!(turns.iter().count(), 0);
}

/// D6: each is looked at a few times, whatever the order in which they are set, and the stack does not grow.
#[test]
fn d6_two_thousand_in_one_list_from_the_first_and_from_the_last() {
    let many = if cfg!(miri) { 50 } else { 2000 };
    for backwards in [false, true] {
        let (mut promises, futures): (Vec<_>, Vec<_>) = (0..many).map(|_| pair()).unzip();
        let list = all(futures);
        if backwards {
            promises.reverse();
        }
        for (n, promise) in promises.into_iter().enumerate() {
            promise.set(n);
        }
        let list = taken(list).unwrap();
        assert_eq!(list.len(), many);
        assert_eq!(list[0], if backwards { many - 1 } else { 0 });
    }
}
