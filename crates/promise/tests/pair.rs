//! What a promise and its future do.

use std::cell::Cell;
use std::future::Future as _;
use std::pin::Pin;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, ThreadId};

use promise::{Error, Future, Promise, pair};

type Callback<T> = Box<dyn FnOnce(&Result<T, Error>) + Send>;
/// Whose callback was called, with which value, on which thread.
type Line<T> = (&'static str, Option<T>, ThreadId);

/// Makes callbacks that say a line each.
fn story<T: Clone + Send + 'static>() -> (impl Fn(&'static str) -> Callback<T>, Receiver<Line<T>>) {
    let (said, heard) = channel();
    let callback = move |name| -> Callback<T> {
        let said = said.clone();
        Box::new(move |outcome| {
            let line = (name, outcome.as_ref().ok().cloned(), thread::current().id());
            said.send(line).unwrap();
        })
    };
    (callback, heard)
}

struct Flag(Mutex<u32>);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        *self.0.lock().unwrap() += 1;
    }
}

fn flag() -> (Arc<Flag>, Waker) {
    let flag = Arc::new(Flag(Mutex::new(0)));
    (Arc::clone(&flag), Waker::from(flag))
}

fn poll<T>(future: &mut Future<T>, waker: &Waker) -> Poll<Result<T, Error>> {
    Pin::new(future).poll(&mut Context::from_waker(waker))
}

#[test]
fn b1_asked_before_it_is_done_a_future_comes_back_then_it_gives_the_value() {
    let (promise, future) = pair();
    assert!(!future.is_done());
    let future = future.try_take().expect_err("not done");
    promise.set("value");
    assert!(future.is_done());
    assert_eq!(future.try_take().unwrap().unwrap(), "value");
}

#[test]
fn b1_a_future_holds_an_error_as_well() {
    let (promise, future) = pair::<()>();
    promise.fail(std::io::Error::from(std::io::ErrorKind::TimedOut));
    let error = future.try_take().unwrap().unwrap_err();
    let cause = error.downcast_ref::<std::io::Error>().unwrap();
    assert_eq!(cause.kind(), std::io::ErrorKind::TimedOut);
    assert!(!error.is_broken());
}

#[test]
fn settle_takes_either() {
    for outcome in [Ok(1), Err(Error::message("no"))] {
        let (promise, future) = pair();
        promise.settle(outcome.clone());
        let got = future.try_take().unwrap();
        assert_eq!(got.as_ref().ok(), outcome.as_ref().ok());
    }
}

#[test]
fn b2_b3_callbacks_are_called_once_in_the_order_added_on_the_setters_thread() {
    let (promise, future) = pair();
    let (callback, heard) = story();
    future.add_done_callback(callback("first"));
    future.add_done_callback(callback("second"));
    future.add_done_callback(callback("third"));
    assert!(heard.try_recv().is_err(), "none before it is set");
    let setter = thread::spawn(move || promise.set(5));
    let on = setter.thread().id();
    setter.join().unwrap();
    drop(callback);
    let heard: Vec<_> = heard.try_iter().collect();
    let each = |name| (name, Some(5), on);
    assert_eq!(heard, [each("first"), each("second"), each("third")]);
}

#[test]
fn b2_a_callback_added_when_it_is_done_is_called_inside_the_call() {
    let (promise, future) = pair();
    let (callback, heard) = story();
    thread::spawn(move || promise.set(5)).join().unwrap();
    let here = thread::current().id();
    future.add_done_callback(callback("late"));
    assert_eq!(heard.try_recv().unwrap(), ("late", Some(5), here));
    future.add_done_callback(callback("later"));
    assert_eq!(heard.try_recv().unwrap(), ("later", Some(5), here));
    assert_eq!(future.try_take().unwrap().unwrap(), 5);
    assert!(heard.try_recv().is_err(), "none is called twice");
}

#[test]
fn b2_a_callback_added_by_a_callback_is_called_after_those_that_were_there() {
    let (promise, future) = pair();
    let future = Arc::new(future);
    let (callback, heard) = story();
    let (inner, again) = (Arc::clone(&future), callback("added by first"));
    let first = callback("first");
    future.add_done_callback(move |outcome| {
        inner.add_done_callback(again);
        first(outcome);
    });
    future.add_done_callback(callback("second"));
    promise.set(1);
    let names: Vec<_> = heard.try_iter().map(|(name, ..)| name).collect();
    assert_eq!(names, ["first", "second", "added by first"]);
}

#[test]
fn b2_added_by_a_callback_of_a_future_that_is_done_it_is_called_before_the_outer_call_returns() {
    let future = Arc::new(Future::ready(Ok(1)));
    let (callback, heard) = story();
    let (inner, outer, nested) = (Arc::clone(&future), callback("outer"), callback("nested"));
    future.add_done_callback(move |outcome| {
        assert!(inner.is_done(), "once done, always done");
        inner.add_done_callback(nested);
        outer(outcome);
    });
    let names: Vec<_> = heard.try_iter().map(|(name, ..)| name).collect();
    assert_eq!(names, ["outer", "nested"]);
}

#[test]
fn b2_added_on_another_thread_while_callbacks_are_called_it_is_called_by_the_one_who_calls() {
    let (promise, future) = pair();
    let future = Arc::new(future);
    let (callback, heard) = story();
    let (inside, is_inside) = channel();
    let (go_on, may_go_on) = channel::<()>();
    let first = callback("first");
    future.add_done_callback(move |outcome| {
        inside.send(()).unwrap();
        may_go_on.recv().unwrap();
        first(outcome);
    });
    let setter = thread::spawn(move || promise.set(1));
    is_inside.recv().unwrap();
    assert!(!future.is_done(), "not before its callbacks were called");
    future.add_done_callback(callback("from outside"));
    assert!(heard.try_recv().is_err());
    go_on.send(()).unwrap();
    let on = setter.thread().id();
    setter.join().unwrap();
    let lines: Vec<_> = heard.try_iter().collect();
    assert_eq!(
        lines,
        [("first", Some(1), on), ("from outside", Some(1), on)]
    );
}

#[test]
fn b3_the_waiting_task_is_woken_after_all_callbacks() {
    let (promise, mut future) = pair();
    let (flag, waker) = flag();
    assert!(poll(&mut future, &waker).is_pending());
    let (said, heard) = channel();
    let at_callback = Arc::clone(&flag);
    future.add_done_callback(move |_| said.send(*at_callback.0.lock().unwrap()).unwrap());
    promise.set(3);
    assert_eq!(heard.recv().unwrap(), 0, "not woken yet in the callback");
    assert_eq!(*flag.0.lock().unwrap(), 1, "woken once");
    assert!(matches!(poll(&mut future, &waker), Poll::Ready(Ok(3))));
}

#[test]
fn b3_many_waiters_of_one_outcome_are_settled_in_the_order_in_which_they_asked() {
    let (promise, future) = pair();
    let shared = future.shared();
    let (callback, heard) = story();
    let names = ["a", "b", "c", "d"];
    let other = shared.clone();
    let asked: Vec<_> = names
        .iter()
        .enumerate()
        .map(|(i, name)| {
            let future = [&shared, &other][i % 2].future();
            future.add_done_callback(callback(name));
            future
        })
        .collect();
    assert!(!shared.is_done());
    promise.set("news".to_owned());
    assert!(shared.is_done() && other.is_done());
    let heard: Vec<_> = heard.try_iter().map(|(name, ..)| name).collect();
    assert_eq!(heard, names);
    for future in asked {
        assert_eq!(future.try_take().unwrap().unwrap(), "news");
    }
    let late = shared.future();
    assert_eq!(late.try_take().unwrap().unwrap(), "news", "at once");
}

#[test]
fn shared_gives_each_a_clone_of_an_error() {
    let shared = Future::<u8>::ready(Err(Error::message("no"))).shared();
    for _ in 0..2 {
        let error = shared.future().try_take().unwrap().unwrap_err();
        assert_eq!(error.to_string(), "no");
    }
}

#[test]
fn b6_dropping_the_future_does_nothing_to_the_one_who_sets() {
    let (promise, future) = pair();
    let (callback, heard) = story();
    future.add_done_callback(callback("still called"));
    drop(future);
    promise.set(9);
    assert_eq!(heard.try_recv().unwrap().0, "still called");
}

#[test]
fn b8_a_chained_outcome_arrives_from_whichever_side_comes_first() {
    for error in [false, true] {
        for set_first in [false, true] {
            let (inner_promise, inner) = pair();
            let (outer_promise, outer) = pair();
            let outcome = if error {
                Err(Error::message("inner"))
            } else {
                Ok(8)
            };
            if set_first {
                inner_promise.settle(outcome);
                inner.forward(outer_promise);
            } else {
                inner.forward(outer_promise);
                assert!(!outer.is_done());
                inner_promise.settle(outcome);
            }
            match outer.try_take().unwrap() {
                Ok(value) => assert!(!error && value == 8),
                Err(e) => assert!(error && e.to_string() == "inner"),
            }
        }
    }
}

#[test]
fn b8_the_outer_future_gets_it_from_a_callback_too() {
    let (inner_promise, inner) = pair();
    let (outer_promise, outer) = pair();
    inner.add_done_callback(move |outcome| outer_promise.settle(outcome.clone()));
    inner_promise.set(8);
    assert_eq!(outer.try_take().unwrap().unwrap(), 8);
}

#[test]
fn b8_callbacks_of_a_chained_future_see_the_outcome_first() {
    let (inner_promise, inner) = pair();
    let (outer_promise, outer) = pair();
    let (callback, heard) = story();
    inner.add_done_callback(callback("inner"));
    outer.add_done_callback(callback("outer"));
    inner.forward(outer_promise);
    inner_promise.set(8);
    let names: Vec<_> = heard.try_iter().map(|(name, ..)| name).collect();
    assert_eq!(names, ["inner", "outer"]);
}

#[test]
fn b8_a_chain_of_any_length_is_settled_on_a_small_stack() {
    let length = if cfg!(miri) { 300 } else { 100_000 };
    let chain = move |settle: fn(Promise<usize>, usize)| {
        let (first, mut last) = pair();
        for _ in 0..length {
            let (promise, future) = pair();
            last.forward(promise);
            last = future;
        }
        settle(first, length);
        last.try_take().unwrap()
    };
    let small = thread::Builder::new().stack_size(128 * 1024);
    let both = small.spawn(move || (chain(Promise::set), chain(|promise, _| drop(promise))));
    let (set, dropped) = both.unwrap().join().unwrap();
    assert_eq!(set.unwrap(), length);
    assert!(dropped.unwrap_err().is_broken());
}

#[test]
fn a_promise_dropped_unset_is_an_error_never_a_hang() {
    let (promise, mut future) = pair::<u8>();
    let (flag, waker) = flag();
    let (callback, heard) = story();
    assert!(poll(&mut future, &waker).is_pending());
    future.add_done_callback(callback("told"));
    drop(promise);
    assert_eq!(heard.try_recv().unwrap().1, None);
    assert_eq!(*flag.0.lock().unwrap(), 1, "woken");
    let error = future.try_take().unwrap().unwrap_err();
    assert!(error.is_broken());
    assert_eq!(
        error.to_string(),
        "broken promise: it was dropped before it was set"
    );
}

#[test]
fn a_thread_that_panics_breaks_its_promise() {
    let (promise, future) = pair::<u8>();
    let worker = thread::spawn(move || {
        let _promise = promise;
        panic!("on purpose");
    });
    worker.join().unwrap_err();
    assert!(future.try_take().unwrap().unwrap_err().is_broken());
}

#[test]
fn a_value_need_be_neither_sync_nor_clone() {
    fn crosses_threads<T: Send>(_: &T) {}
    fn is_used_by_many<T: Sync>(_: &T) {}
    let (promise, future) = pair::<Cell<u8>>();
    crosses_threads(&promise);
    crosses_threads(&future);
    is_used_by_many(&future);
    future.add_done_callback(|outcome| outcome.as_ref().unwrap().set(2));
    thread::spawn(move || promise.set(Cell::new(1)))
        .join()
        .unwrap();
    future.add_done_callback(|outcome| {
        let cell = outcome.as_ref().unwrap();
        cell.set(cell.get() + 1);
    });
    assert_eq!(future.try_take().unwrap().unwrap().get(), 3);
}

#[test]
fn a_value_may_borrow() {
    let text = "borrowed".to_owned();
    let (promise, future) = pair::<&str>();
    promise.set(&text[..6]);
    assert_eq!(future.try_take().unwrap().unwrap(), "borrow");
}

#[test]
#[should_panic = "this future has given its outcome away already"]
fn polled_after_its_end_a_future_panics() {
    let mut future = Future::ready(Ok(1));
    assert!(poll(&mut future, Waker::noop()).is_ready());
    let _ = poll(&mut future, Waker::noop());
}

#[test]
fn debug_says_what_it_is() {
    let (promise, future) = pair::<u8>();
    assert_eq!(format!("{promise:?}"), "Promise { .. }");
    assert_eq!(format!("{future:?}"), "Future { done: false, .. }");
    promise.set(1);
    let shared = future.shared();
    assert_eq!(format!("{shared:?}"), "Shared { done: true, .. }");
}
