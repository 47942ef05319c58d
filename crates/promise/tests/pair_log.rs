//! B7: an error that nobody asked for is logged when the last end is dropped, once; asking silences it.

mod log;

use std::future::Future as _;
use std::pin::Pin;
use std::task::{Context, Waker};

use log::logged;
use promise::{Error, Future, pair};

const LOST: &str = "ERROR Future exception was never retrieved: lost";

fn lost() -> Future<u8> {
    Future::ready(Err(Error::message("lost")))
}

#[test]
fn b7_an_error_that_nobody_asked_for_is_logged_when_the_future_is_dropped() {
    assert_eq!(logged(|| drop(lost())), [LOST]);
    let (promise, future) = pair::<u8>();
    assert!(
        logged(|| promise.fail(Error::message("lost"))).is_empty(),
        "not before"
    );
    assert_eq!(logged(|| drop(future)), [LOST]);
}

#[test]
fn b7_when_the_future_went_first_it_is_logged_by_the_one_who_sets() {
    let (promise, future) = pair::<u8>();
    assert!(logged(|| drop(future)).is_empty());
    assert_eq!(logged(|| promise.fail(Error::message("lost"))), [LOST]);
}

#[test]
fn b7_a_broken_promise_is_an_error_like_any_other() {
    let (promise, future) = pair::<u8>();
    drop(promise);
    let line = "ERROR Future exception was never retrieved: \
                broken promise: it was dropped before it was set";
    assert_eq!(logged(|| drop(future)), [line]);
}

#[test]
fn b7_asking_is_no_asking_when_it_is_not_there_yet() {
    let (promise, mut future) = pair::<u8>();
    let mut cx = Context::from_waker(Waker::noop());
    assert!(Pin::new(&mut future).poll(&mut cx).is_pending());
    let future = future.try_take().unwrap_err();
    assert!(!future.is_done());
    promise.fail(Error::message("lost"));
    assert!(future.is_done(), "whether it is done is no asking either");
    assert_eq!(logged(|| drop(future)), [LOST]);
}

#[test]
fn b7_asking_once_silences_it() {
    let silent = logged(|| {
        let _ = lost().try_take();

        let mut polled = lost();
        let mut cx = Context::from_waker(Waker::noop());
        assert!(Pin::new(&mut polled).poll(&mut cx).is_ready());

        lost().add_done_callback(|_| {});

        let (promise, future) = pair::<u8>();
        future.add_done_callback(|_| {});
        promise.fail(Error::message("lost"));
    });
    assert!(silent.is_empty(), "{silent:?}");
}

#[test]
fn b7_a_value_is_never_logged() {
    let silent = logged(|| {
        drop(Future::ready(Ok(1)));
        let (promise, future) = pair();
        drop(future);
        promise.set(1);
        let _ = pair::<u8>().1.is_done();
    });
    let broken = "ERROR Future exception was never retrieved: \
                  broken promise: it was dropped before it was set";
    assert_eq!(silent, [broken], "the last one's promise was dropped unset");
}

#[test]
fn b7_chained_the_error_is_asked_for_at_the_far_end_only() {
    let (promise, outer) = pair::<u8>();
    assert!(logged(|| lost().forward(promise)).is_empty());
    assert_eq!(logged(|| drop(outer)), [LOST]);
}

#[test]
fn b7_shared_every_one_that_asked_and_did_not_look_is_logged() {
    let lines = logged(|| {
        let shared = lost().shared();
        let (looks, _does_not) = (shared.future(), shared.future());
        looks.try_take().unwrap().unwrap_err();
    });
    assert_eq!(lines, [LOST]);
    assert_eq!(
        logged(|| drop(lost().shared())),
        [LOST],
        "nobody asked at all"
    );
}

#[test]
fn b7_the_line_has_the_whole_trail() {
    let site = co::Site {
        coroutine: "fetch",
        yields: "ask(1)",
        file: "src/a.rs",
        line: 7,
    };
    let future = Future::<u8>::ready(Err(Error::message("lost").at(site)));
    let line = format!("{LOST}\n  in fetch, at yield_!(ask(1)), src/a.rs:7");
    assert_eq!(logged(|| drop(future)), [line]);
}
