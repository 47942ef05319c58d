//! The models that a pair with a mistake can be put in, and the tests that ours passes and the others do not.

use std::process::Command;
use std::sync::Arc as StdArc;
use std::task::{Context, Poll, Wake, Waker};

use loom::sync::{Arc, Mutex};
use loom::thread;

use crate::mistakes::{self, With};
use crate::ours::Ours;
use crate::{Got, Pair};

struct Unpark(thread::Thread);

impl Wake for Unpark {
    fn wake(self: StdArc<Self>) {
        self.0.unpark();
    }
}

/// Polls until it is ready; asleep meanwhile, so that a waker that is not woken is a deadlock.
pub(crate) fn block_on<K: Pair>(future: &mut K::Future) -> Got {
    let waker = Waker::from(StdArc::new(Unpark(thread::current())));
    let mut cx = Context::from_waker(&waker);
    loop {
        match K::poll(future, &mut cx) {
            Poll::Ready(got) => return got,
            Poll::Pending => thread::park(),
        }
    }
}

fn set_while_it_is_polled<K: Pair>() {
    loom::model(|| {
        let (promise, mut future) = K::pair();
        let setter = thread::spawn(move || K::set(promise, 1));
        assert_eq!(block_on::<K>(&mut future), Ok(1));
        setter.join().unwrap();
    });
}

fn dropped_unset_while_it_is_polled<K: Pair>() {
    loom::model(|| {
        let (promise, mut future) = K::pair();
        let setter = thread::spawn(move || drop(promise));
        assert_eq!(block_on::<K>(&mut future), Err(()));
        setter.join().unwrap();
    });
}

fn set_while_it_is_polled_with_another_waker<K: Pair>() {
    loom::model(|| {
        let (promise, mut future) = K::pair();
        let older = K::poll(&mut future, &mut Context::from_waker(Waker::noop()));
        assert_eq!(older, Poll::Pending);
        let setter = thread::spawn(move || K::set(promise, 1));
        assert_eq!(block_on::<K>(&mut future), Ok(1));
        setter.join().unwrap();
    });
}

/// Says its name into `said`.
fn says(said: &Arc<Mutex<Vec<char>>>, name: char) -> impl FnOnce(Got) + Send + 'static {
    let said = Arc::clone(said);
    move |got| {
        assert_eq!(got, Ok(1));
        said.lock().unwrap().push(name);
    }
}

fn set_while_callbacks_are_added<K: Pair>() {
    loom::model(|| {
        let (promise, future) = K::pair();
        let said = Arc::default();
        K::add(&future, says(&said, 'a'));
        let setter = thread::spawn(move || K::set(promise, 1));
        K::add(&future, says(&said, 'b'));
        K::add(&future, says(&said, 'c'));
        setter.join().unwrap();
        assert_eq!(
            *said.lock().unwrap(),
            ['a', 'b', 'c'],
            "once each, in order"
        );
    });
}

fn set_while_two_threads_add_callbacks<K: Pair>() {
    loom::model(|| {
        let (promise, future) = K::pair();
        let future = Arc::new(future);
        let said = Arc::default();
        let other = Arc::clone(&future);
        let (a, b) = (says(&said, 'a'), says(&said, 'b'));
        let setter = thread::spawn(move || K::set(promise, 1));
        let adder = thread::spawn(move || K::add(&other, a));
        K::add(&future, b);
        adder.join().unwrap();
        setter.join().unwrap();
        let mut said = said.lock().unwrap().clone();
        said.sort_unstable();
        assert_eq!(said, ['a', 'b'], "once each");
    });
}

/// Takes the outcome at the moment when it is woken, as an executor may that has a thread to spare.
struct PollsWhenWoken<K: Pair> {
    future: Mutex<Option<K::Future>>,
    got: Mutex<Option<Got>>,
}

impl<K: Pair> Wake for PollsWhenWoken<K> {
    fn wake(self: StdArc<Self>) {
        let Some(mut future) = self.future.lock().unwrap().take() else {
            return;
        };
        let polled = K::poll(&mut future, &mut Context::from_waker(Waker::noop()));
        let Poll::Ready(got) = polled else {
            panic!("woken too early");
        };
        *self.got.lock().unwrap() = Some(got);
    }
}

fn set_while_a_waker_polls_on_the_spot<K: Pair>() {
    loom::model(|| {
        let (promise, future) = K::pair();
        let task = StdArc::new(PollsWhenWoken::<K> {
            future: Mutex::new(None),
            got: Mutex::new(None),
        });
        let waker = Waker::from(StdArc::clone(&task));
        let setter = thread::spawn(move || K::set(promise, 1));
        {
            let mut future = future;
            let polled = K::poll(&mut future, &mut Context::from_waker(&waker));
            match polled {
                Poll::Ready(got) => *task.got.lock().unwrap() = Some(got),
                Poll::Pending => *task.future.lock().unwrap() = Some(future),
            }
        }
        setter.join().unwrap();
        if task.got.lock().unwrap().is_none() {
            // Woken before the future was put in its place.
            Waker::from(StdArc::clone(&task)).wake();
        }
        assert_eq!(*task.got.lock().unwrap(), Some(Ok(1)));
    });
}

/// Whether a test of this program passes, run in a process of its own: loom may abort when it has found a deadlock.
fn passes(name: &str) -> bool {
    let tests = std::env::current_exe().unwrap();
    let run = Command::new(tests)
        .args(["--exact", name, "--ignored"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&run.stdout);
    assert!(said.contains("running 1 test"), "no test {name}");
    run.status.success()
}

/// Ours passes; with the mistake it is caught; without it, it is not, so that it is the mistake that is caught.
macro_rules! models {
    ($($model:ident, catches $mistake:ident: $caught:ident);* $(;)?) => {$(
        mod $model {
            use super::*;

            #[test]
            fn holds() {
                super::$model::<Ours>();
            }

            #[test]
            fn $caught() {
                assert!(!passes(concat!("models::", stringify!($model), "::with_the_mistake")));
            }

            #[test]
            #[ignore = "fails on purpose: run by the one above"]
            fn with_the_mistake() {
                super::$model::<With<{ mistakes::$mistake }>>();
            }

            #[test]
            fn holds_without_the_mistake() {
                super::$model::<With<{ mistakes::NONE }>>();
            }
        }
    )*};
}

models! {
    set_while_it_is_polled, catches LOOKS_THEN_WAITS: catches_a_waker_that_comes_too_late;
    dropped_unset_while_it_is_polled, catches NEVER_BREAKS: catches_a_promise_that_never_breaks;
    set_while_it_is_polled_with_another_waker, catches KEEPS_THE_OLDEST_WAKER: catches_an_old_waker;
    set_while_callbacks_are_added, catches CALLS_AT_ONCE: catches_a_callback_out_of_order;
    set_while_two_threads_add_callbacks, catches LOOKS_THEN_ADDS: catches_a_callback_that_is_never_called;
    set_while_a_waker_polls_on_the_spot, catches WAKES_UNDER_THE_LOCK: catches_a_lock_held_while_waking;
}
