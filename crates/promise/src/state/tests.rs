//! What only this crate can see: the waiter that is not a task.

use std::sync::mpsc::{Receiver, Sender, channel};

use super::Inner;
use crate::{Error, Future, pair};

/// A waiter that says its name.
fn says(to: &Sender<&'static str>, name: &'static str) -> Box<dyn FnOnce() + Send> {
    let to = to.clone();
    Box::new(move || to.send(name).unwrap())
}

fn all(heard: &Receiver<&'static str>) -> Vec<&'static str> {
    heard.try_iter().collect()
}

#[test]
fn a_waiter_is_called_after_all_callbacks_when_the_outcome_can_be_taken() {
    let (promise, future) = pair::<u8>();
    let (to, heard) = channel();
    let source = future.source();
    let (seen, say) = (future.source(), says(&to, "waiter"));
    let waiter = Box::new(move || {
        assert!(seen.is_done());
        say();
    });
    assert!(source.wait(waiter).is_ok());
    future.add_done_callback({
        let (source, say) = (future.source(), says(&to, "callback"));
        move |_| {
            assert!(!source.is_done());
            say();
        }
    });
    promise.set(1);
    assert_eq!(all(&heard), ["callback", "waiter"]);
}

#[test]
fn a_waiter_that_comes_too_late_comes_back_uncalled() {
    let future = Future::ready(Ok(1));
    let (to, heard) = channel();
    let back = future.source().wait(says(&to, "waiter"));
    assert!(all(&heard).is_empty());
    back.err().unwrap()();
    assert_eq!(all(&heard), ["waiter"]);
}

#[test]
fn a_waiter_waits_for_the_outcome_and_not_for_the_future() {
    let (promise, future) = pair::<u8>();
    let (to, heard) = channel();
    assert!(future.source().wait(says(&to, "waiter")).is_ok());
    drop(future);
    assert!(all(&heard).is_empty());
    drop(promise);
    assert_eq!(all(&heard), ["waiter"]);
}

#[test]
fn a_newer_waiter_takes_the_place_and_the_older_is_dropped_outside_the_lock() {
    let (promise, future) = pair::<u8>();
    let (to, heard) = channel();
    let say = says(&to, "older");
    let older = Box::new(move || {
        drop(promise);
        say();
    });
    assert!(future.source().wait(older).is_ok());
    assert!(future.source().wait(says(&to, "newer")).is_ok());
    assert_eq!(
        all(&heard),
        ["newer"],
        "the promise went with the older one"
    );
    assert!(future.try_take().unwrap().unwrap_err().is_broken());
}

#[test]
fn fc09_a_waiter_that_panics_takes_nothing_along() {
    let (promise, future) = pair();
    let falls = Box::new(|| std::panic::resume_unwind(Box::new("on purpose")));
    assert!(future.source().wait(falls).is_ok());
    promise.set(1);
    assert_eq!(future.try_take().unwrap().unwrap(), 1);
}

#[test]
fn a_handle_of_a_share_asks_once_and_gives_what_it_asked_for() {
    let (promise, future) = pair();
    let shared = future.shared();
    let first = std::ptr::from_ref(shared.asked());
    assert_eq!(std::ptr::from_ref(shared.asked()), first);
    let unasked = shared.clone();
    promise.set(1);
    assert!(shared.asked().is_done());
    for handle in [shared, unasked] {
        assert_eq!(handle.into_future().try_take().unwrap().unwrap(), 1);
    }
}

/// What a pair weighs beside its outcome. Beyond the two counts of an `Arc`: the lock, and room for the callbacks'
/// list and the waiter, which the outcome shares.
#[test]
fn the_state_weighs_little() {
    assert!(size_of::<Inner<()>>() <= 64, "{}", size_of::<Inner<()>>());
    assert!(size_of::<Inner<String>>() <= 64);
    let big = size_of::<Inner<[u8; 4096]>>() - 4096;
    assert!(big <= 32, "{big}");
    assert_eq!(size_of::<Result<String, Error>>(), size_of::<String>());
}
