//! Promise and future, done with in every order, each step on this thread or on another: everything is dropped once,
//! and nobody waits for ever. (Steps that overlap are in tests/loom.rs.)

mod log;

use std::future::Future as _;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::task::{Context, Wake, Waker};
use std::thread;

use log::logged;
use promise::{Error, Future, Promise, pair};

/// Every live value and waker holds one.
type Live = Arc<()>;

struct Value(#[expect(dead_code, reason = "only counted")] Live);

struct Counted(
    AtomicU32,
    #[expect(dead_code, reason = "only counted")] Live,
);

impl Wake for Counted {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Relaxed);
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Setter {
    Sets,
    Fails,
    Drops,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Getter {
    Drops,
    Polls,
    AddsCallback,
    Forwards,
}

/// The promise's one step, at `place` among the future's steps.
#[derive(Clone, Copy, Debug)]
struct Order {
    setter: Setter,
    place: usize,
    getters: [Getter; 2],
    /// Bit n: step n is on a thread of its own.
    threads: u32,
}

fn orders() -> impl Iterator<Item = Order> {
    use {Getter::*, Setter::*};
    let getters = [Getter::Drops, Polls, AddsCallback, Forwards];
    let threads: &[u32] = if cfg!(miri) {
        &[0, 7]
    } else {
        &[0, 1, 2, 3, 4, 5, 6, 7]
    };
    let mut all = Vec::new();
    for setter in [Sets, Fails, Setter::Drops] {
        for place in 0..=2 {
            for first in getters {
                for second in getters {
                    all.extend(threads.iter().map(|&threads| Order {
                        setter,
                        place,
                        getters: [first, second],
                        threads,
                    }));
                }
            }
        }
    }
    all.into_iter()
}

struct Run {
    promise: Option<Promise<Value>>,
    future: Option<Future<Value>>,
    /// What the future was chained to.
    far: Option<Future<Value>>,
    called: Arc<AtomicU32>,
    callbacks: u32,
    taken: bool,
    live: Live,
}

impl Run {
    fn set(&mut self, setter: Setter) {
        let promise = self.promise.take().unwrap();
        match setter {
            Setter::Sets => promise.set(Value(Arc::clone(&self.live))),
            Setter::Fails => promise.fail(Error::message("on purpose")),
            Setter::Drops => drop(promise),
        }
    }

    fn get(&mut self, getter: Getter, waker: &Waker) {
        let Some(mut future) = self.future.take() else {
            return;
        };
        match getter {
            Getter::Drops => drop(future),
            Getter::Forwards => {
                let (promise, far) = pair();
                future.forward(promise);
                self.far = Some(far);
            }
            Getter::Polls => {
                let mut cx = Context::from_waker(waker);
                if Pin::new(&mut future).poll(&mut cx).is_ready() {
                    self.taken = true;
                } else {
                    self.future = Some(future);
                }
            }
            Getter::AddsCallback => {
                let called = Arc::clone(&self.called);
                let live = Arc::clone(&self.live);
                future.add_done_callback(move |_| {
                    drop(live);
                    called.fetch_add(1, Relaxed);
                });
                self.callbacks += 1;
                self.future = Some(future);
            }
        }
    }
}

fn check(order: Order) {
    let live = Arc::new(());
    let counted = Arc::new(Counted(AtomicU32::new(0), Arc::clone(&live)));
    let waker = Waker::from(Arc::clone(&counted));
    let (promise, future) = pair();
    let mut run = Run {
        promise: Some(promise),
        future: Some(future),
        far: None,
        called: Arc::default(),
        callbacks: 0,
        taken: false,
        live: Arc::clone(&live),
    };
    let mut asks_at_the_end = order.getters.into_iter();
    for step in 0..3 {
        let act = |run: &mut Run, getter: Option<Getter>| match getter {
            None => run.set(order.setter),
            Some(getter) => run.get(getter, &waker),
        };
        let getter = (step != order.place).then(|| asks_at_the_end.next().unwrap());
        if order.threads >> step & 1 == 1 {
            thread::scope(|scope| scope.spawn(|| act(&mut run, getter)).join().unwrap());
        } else {
            act(&mut run, getter);
        }
    }
    let called = run.called.load(Relaxed);
    assert_eq!(called, run.callbacks, "{order:?}: callbacks called");
    if let Some(left) = run.future.take().or(run.far.take()) {
        let outcome = left.try_take();
        assert!(outcome.is_ok(), "{order:?}: the outcome is not there");
        assert_eq!(outcome.unwrap().is_ok(), order.setter == Setter::Sets);
    }
    let kept_waiting = order.getters[0] == Getter::Polls
        && order.place > 0
        && (order.place == 1 || !matches!(order.getters[1], Getter::Drops | Getter::Forwards));
    let woken = counted.0.load(Relaxed);
    if kept_waiting {
        assert_eq!(woken, 1, "{order:?}: woken");
    }
    assert!(woken <= 1, "{order:?}: woken");
    drop((run, waker, counted));
    assert_eq!(Arc::strong_count(&live), 1, "{order:?}: something is left");
}

#[test]
fn fc18_every_order_on_every_thread_ends_and_leaves_nothing() {
    let count = orders()
        .inspect(|order| drop(logged(|| check(*order))))
        .count();
    let threads = if cfg!(miri) { 2 } else { 8 };
    assert_eq!(count, 3 * 3 * 4 * 4 * threads);
}
