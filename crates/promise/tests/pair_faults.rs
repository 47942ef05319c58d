//! Callbacks and wakers that re-enter, panic, or are dropped in the middle.

mod log;

use std::future::Future as _;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any, resume_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

use log::logged;
use promise::{Error, Future, Promise, pair};

/// A waker that does something when it is woken.
struct OnWake<F: Fn() + Send + Sync>(F);

impl<F: Fn() + Send + Sync> Wake for OnWake<F> {
    fn wake(self: Arc<Self>) {
        (self.0)();
    }
}

fn on_wake(f: impl Fn() + Send + Sync + 'static) -> Waker {
    Waker::from(Arc::new(OnWake(f)))
}

/// Does something when it is dropped.
struct OnDrop<F: FnMut()>(F);

impl<F: FnMut()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

fn poll<T>(future: &mut Future<T>, waker: &Waker) -> Poll<Result<T, Error>> {
    Pin::new(future).poll(&mut Context::from_waker(waker))
}

/// Panics without a word on the terminal.
fn fall(text: &'static str) {
    resume_unwind(Box::new(text));
}

#[test]
fn fc06_a_callback_adds_callbacks_settles_other_pairs_and_drops_the_last_handle_of_its_own_future()
{
    let (promise, future) = pair();
    let future = Arc::new(future);
    let (other_promise, other) = pair();
    let (said, heard) = channel();
    let (own, say) = (Arc::clone(&future), said.clone());
    other.add_done_callback(move |outcome| said.send(*outcome.as_ref().unwrap()).unwrap());
    future.add_done_callback(move |outcome| {
        let value = *outcome.as_ref().unwrap();
        own.add_done_callback(move |_| say.send(value + 2).unwrap());
        other_promise.set(value + 1);
        drop(own);
    });
    drop(future);
    promise.set(1);
    assert_eq!(heard.iter().collect::<Vec<_>>(), [2, 3]);
    drop(other);
}

#[test]
fn fc06_a_callback_drops_another_pair_both_of_whose_ends_it_holds() {
    let (promise, future) = pair();
    let (inner_promise, mut inner) = pair::<u8>();
    let woken = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&woken);
    let waker = on_wake(move || _ = count.fetch_add(1, Relaxed));
    assert!(poll(&mut inner, &waker).is_pending());
    future.add_done_callback(move |_| {
        drop(inner_promise);
        drop(inner);
    });
    promise.set(());
    assert_eq!(woken.load(Relaxed), 1);
}

#[test]
fn fc06_a_waker_polls_the_future_on_the_spot() {
    let (promise, mut future) = pair();
    let slot = Arc::new(Mutex::new((None, None)));
    let task = Arc::clone(&slot);
    let waker = on_wake(move || {
        let mut task = task.lock().unwrap();
        let mut future: Future<u8> = task.0.take().unwrap();
        task.1 = Some(poll(&mut future, Waker::noop()));
    });
    assert!(poll(&mut future, &waker).is_pending());
    slot.lock().unwrap().0 = Some(future);
    promise.set(4);
    let polled = slot.lock().unwrap().1.take();
    assert!(matches!(polled, Some(Poll::Ready(Ok(4)))), "{polled:?}");
}

#[test]
fn fc06_a_waker_drops_the_future_while_it_is_woken() {
    let (promise, mut future) = pair();
    let slot = Arc::new(Mutex::new(None));
    let task = Arc::clone(&slot);
    let waker = on_wake(move || drop(task.lock().unwrap().take()));
    assert!(poll(&mut future, &waker).is_pending());
    drop(waker);
    *slot.lock().unwrap() = Some(future);
    promise.set("dropped with its future");
    assert!(slot.lock().unwrap().is_none());
    assert_eq!(Arc::strong_count(&slot), 1, "the waker is gone");
}

/// A waker that owns the promise of the future that it waits for: when it is dropped, the promise is broken.
fn waker_with_a_promise_inside(promise: Promise<u8>) -> Waker {
    let held = Mutex::new(Some(promise));
    on_wake(move || drop(held.lock().unwrap().take()))
}

#[test]
fn fc06_the_drop_of_a_waker_that_is_replaced_may_settle_the_same_pair() {
    let (promise, mut future) = pair();
    let waker = waker_with_a_promise_inside(promise);
    assert!(poll(&mut future, &waker).is_pending());
    drop(waker);
    let woken = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&woken);
    let newer = on_wake(move || _ = count.fetch_add(1, Relaxed));
    assert!(poll(&mut future, &newer).is_pending());
    assert_eq!(
        woken.load(Relaxed),
        1,
        "the newer one is in the slot by then"
    );
    assert!(matches!(poll(&mut future, &newer), Poll::Ready(Err(e)) if e.is_broken()));
}

#[test]
fn fc06_the_drop_of_a_waker_that_goes_with_its_future_may_settle_the_same_pair() {
    let lines = logged(|| {
        let (promise, mut future) = pair();
        let waker = waker_with_a_promise_inside(promise);
        assert!(poll(&mut future, &waker).is_pending());
        drop(waker);
        drop(future);
    });
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].contains("never retrieved: broken promise"));
}

#[test]
fn fc06_the_drop_of_a_waker_that_comes_too_late_may_chain_and_settle() {
    let (promise, mut future) = pair();
    let (other_promise, other) = pair();
    promise.set(1);
    let waker = waker_with_a_promise_inside(other_promise);
    assert!(matches!(poll(&mut future, &waker), Poll::Ready(Ok(1))));
    drop(waker);
    assert!(other.try_take().unwrap().unwrap_err().is_broken());
}

#[test]
fn fc06_the_drop_of_a_value_may_settle_another_pair() {
    let (promise, future) = pair();
    let (inner_promise, inner) = pair::<u8>();
    let mut inner_promise = Some(inner_promise);
    promise.set(OnDrop(move || inner_promise.take().unwrap().set(6)));
    assert!(!inner.is_done());
    drop(future);
    assert_eq!(inner.try_take().unwrap().unwrap(), 6);
}

#[test]
fn fc06_a_clone_asks_for_more_and_they_are_served_after_it() {
    struct Asks(
        Arc<Mutex<Option<promise::Shared<Asks>>>>,
        Arc<Mutex<Vec<Future<Asks>>>>,
    );
    impl Clone for Asks {
        fn clone(&self) -> Self {
            let shared = self.0.lock().unwrap().take();
            if let Some(shared) = shared {
                let nested = shared.future();
                assert!(!nested.is_done(), "its turn comes after this one");
                self.1.lock().unwrap().push(nested);
            }
            Asks(Arc::clone(&self.0), Arc::clone(&self.1))
        }
    }
    let (slot, asked) = (Arc::default(), Arc::default());
    let shared = Future::ready(Ok(Asks(Arc::clone(&slot), Arc::clone(&asked)))).shared();
    *slot.lock().unwrap() = Some(shared.clone());
    assert!(shared.future().is_done());
    let nested = asked.lock().unwrap().pop().unwrap();
    assert!(nested.is_done());
}

#[test]
fn fc09_a_callback_that_panics_is_logged_and_the_others_still_run() {
    let (promise, mut future) = pair();
    let (said, heard) = channel();
    let woken = said.clone();
    let waker = on_wake(move || woken.send("waker").unwrap());
    assert!(poll(&mut future, &waker).is_pending());
    drop(waker);
    let before = said.clone();
    future.add_done_callback(move |_| before.send("before").unwrap());
    future.add_done_callback(|_| fall("on purpose"));
    future.add_done_callback(move |_| said.send("after").unwrap());
    let lines = logged(|| promise.set(1));
    assert_eq!(lines, ["ERROR Exception in callback: panicked: on purpose"]);
    assert_eq!(
        heard.try_iter().collect::<Vec<_>>(),
        ["before", "after", "waker"]
    );
    assert_eq!(future.try_take().unwrap().unwrap(), 1);
}

#[test]
fn fc09_a_callback_that_panics_when_it_is_done_already_does_not_take_the_outcome_along() {
    let future = Future::ready(Ok(1));
    let lines = logged(|| future.add_done_callback(|_| fall("on purpose")));
    assert_eq!(lines, ["ERROR Exception in callback: panicked: on purpose"]);
    assert_eq!(future.try_take().unwrap().unwrap(), 1);
}

#[test]
fn fc09_a_waker_that_panics_is_logged_and_the_outcome_is_there() {
    let (promise, mut future) = pair();
    assert!(poll(&mut future, &on_wake(|| fall("on purpose"))).is_pending());
    let lines = logged(|| promise.set(1));
    assert_eq!(lines, ["ERROR Exception in callback: panicked: on purpose"]);
    assert_eq!(future.try_take().unwrap().unwrap(), 1);
}

#[test]
fn fc09_what_a_panic_carries_may_panic_once_more() {
    let (promise, future) = pair();
    future.add_done_callback(|_| {
        resume_unwind(Box::new(OnDrop(|| fall("once more"))));
    });
    let lines = logged(|| promise.set(1));
    let line = "ERROR Exception in callback: panicked: a value that is no text";
    assert_eq!(lines, [line]);
    assert_eq!(future.try_take().unwrap().unwrap(), 1);
}

#[test]
fn fc09_a_promise_that_is_broken_by_a_panic_calls_callbacks_that_panic() {
    let (promise, future) = pair::<u8>();
    let (said, heard) = channel();
    future.add_done_callback(|_| fall("in the callback"));
    future.add_done_callback(move |outcome| {
        said.send(outcome.as_ref().unwrap_err().is_broken())
            .unwrap();
    });
    let mut payload = None;
    let lines = logged(|| {
        let thrown = catch_unwind(AssertUnwindSafe(|| {
            let _promise = promise;
            panic_any("in the body");
        }));
        payload = thrown.err();
    });
    assert_eq!(payload.unwrap().downcast_ref(), Some(&"in the body"));
    assert_eq!(
        lines,
        ["ERROR Exception in callback: panicked: in the callback"]
    );
    assert!(heard.recv().unwrap());
    drop(future);
}

#[test]
fn fc09_a_clone_that_panics_breaks_one_promise_and_no_other() {
    struct Brittle(Arc<AtomicU32>);
    impl Clone for Brittle {
        fn clone(&self) -> Self {
            if self.0.fetch_add(1, Relaxed) == 1 {
                fall("the second clone");
            }
            Brittle(Arc::clone(&self.0))
        }
    }
    let (promise, future) = pair();
    let shared = future.shared();
    let asked = [shared.future(), shared.future(), shared.future()];
    let lines = logged(|| promise.set(Brittle(Arc::default())));
    assert_eq!(
        lines,
        ["ERROR Exception in callback: panicked: the second clone"]
    );
    let got = asked.map(|future| future.try_take().unwrap());
    assert!(got[0].is_ok() && got[2].is_ok());
    assert!(got[1].as_ref().err().unwrap().is_broken());
}

#[test]
fn fc17_the_newest_waker_is_woken_and_the_older_ones_are_gone() {
    let (promise, mut future) = pair();
    let (said, heard) = channel();
    for name in ["a", "b", "c"] {
        let said = said.clone();
        let waker = on_wake(move || said.send(name).unwrap());
        assert!(poll(&mut future, &waker).is_pending());
    }
    drop(said);
    promise.set(1);
    assert_eq!(heard.iter().collect::<Vec<_>>(), ["c"]);
}

#[test]
fn fc18_polled_then_dropped_a_future_keeps_no_waker_and_wakes_nobody() {
    let (promise, mut future) = pair();
    let woken = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&woken);
    let waker = on_wake(move || _ = count.fetch_add(1, Relaxed));
    assert!(poll(&mut future, &waker).is_pending());
    drop(waker);
    assert_eq!(Arc::strong_count(&woken), 2);
    drop(future);
    assert_eq!(
        Arc::strong_count(&woken),
        1,
        "the waker went with the future"
    );
    promise.set(1);
    assert_eq!(woken.load(Relaxed), 0);
}
