//! What hooks, waiters and odd coroutines can do to a Runner. Rows C12, FC06 and FC09.

#[path = "log/mod.rs"]
mod log;
mod told;

use std::pin::Pin;
use std::sync::{Arc, Mutex, mpsc};

use co::{Coroutine, CoroutineState};
use log::logged;
use promise::{Error, Future, Promise, Runner, Wait, Waitable, pair, run, wait};
use timeline::tell;
use told::told;

fn taken<T>(future: Future<T>) -> Result<T, Error> {
    match future.try_take() {
        Ok(outcome) => outcome,
        Err(future) => panic!("{future:?} is not done"),
    }
}

/// Waits for `first` under `runner`.
fn waits<T: Send + 'static>(runner: Runner, first: Future<T>) -> Future<T> {
    runner.run(co::from_async(move |y| async move {
        let site = &co::Site {
            coroutine: "waits",
            yields: "first",
            file: file!(),
            line: line!(),
        };
        wait(y, first, site).await
    }))
}

/// Waits for `first` under `runner`, and tells.
fn tells<T: Send + 'static>(runner: Runner, first: Future<T>) -> Future<T> {
    runner.run(co::from_async(move |y| async move {
        let site = &co::Site {
            coroutine: "tells",
            yields: "first",
            file: file!(),
            line: line!(),
        };
        tell("begins");
        let first = wait(y, first, site).await;
        tell("resumed");
        first
    }))
}

#[test]
fn on_suspend_is_called_between_the_wait_and_the_return_of_the_call() {
    let events = told(|| {
        let (promise, first) = pair();
        let runner = Runner::new().on_suspend(|| tell("suspended"));
        let future = tells(runner, first);
        tell("call returns");
        promise.set(1);
        assert_eq!(taken(future).unwrap(), 1);
    });
    let expected = [
        "main: begins",
        "main: suspended",
        "main: call returns",
        "main: resumed",
    ];
    assert_eq!(events, expected);
}

/// B9: it may finish on any thread; the waiter is resumed on the loop's.
#[test]
fn b9_resume_on_says_on_which_thread_it_goes_on() {
    let events = told(|| {
        let (sender, turns) = mpsc::channel();
        let runner = Runner::new().resume_on(move |resume| sender.send(resume).unwrap());
        let (promise, first) = pair();
        let future = tells(runner, first);
        let setter = timeline::thread::spawn("setter", move || {
            promise.set(1);
            tell("set returns");
        });
        setter.join().unwrap();
        tell("next turn");
        turns.recv().unwrap()();
        assert_eq!(taken(future).unwrap(), 1);
    });
    let expected = [
        "main: begins",
        "setter-1: set returns",
        "main: next turn",
        "main: resumed",
    ];
    assert_eq!(events, expected);
}

#[test]
fn resume_on_is_not_asked_when_the_wait_is_done_while_it_is_put_aside() {
    let (promise, first) = pair();
    let promise = Mutex::new(Some(promise));
    let runner = Runner::new()
        .on_suspend(move || promise.lock().unwrap().take().unwrap().set(1))
        .resume_on(|_| panic!("nobody set it while it was suspended"));
    assert_eq!(taken(waits(runner, first)).unwrap(), 1);
}

#[test]
fn fc09_on_suspend_that_panics_is_the_error_of_the_future() {
    let (promise, first) = pair::<u8>();
    let future = waits(Runner::new().on_suspend(|| panic!("bad hook")), first);
    let error = taken(future).unwrap_err();
    assert_eq!(error.panic_message(), Some("bad hook"));
    promise.set(1); // nobody waits any more
}

#[test]
fn fc09_resume_on_that_panics_breaks_the_promise_and_is_logged() {
    let lines = logged(|| {
        let (promise, first) = pair::<u8>();
        let future = waits(Runner::new().resume_on(|_| panic!("bad hook")), first);
        promise.set(1); // does not panic
        assert!(taken(future).unwrap_err().is_broken());
    });
    assert_eq!(lines, ["ERROR Exception in callback: panicked: bad hook"]);
}

#[test]
fn resume_on_that_drops_the_closure_breaks_the_promise() {
    let (promise, first) = pair::<u8>();
    let future = waits(Runner::new().resume_on(drop), first);
    promise.set(1);
    assert!(taken(future).unwrap_err().is_broken());
}

/// FC06, C12: the hook runs while the coroutine is still there, and everything it may do is allowed.
#[test]
fn fc06_on_suspend_may_run_other_coroutines_and_set_what_is_waited_for() {
    let (outer, first) = pair();
    let outer = Mutex::new(Some(outer));
    let runner = Runner::new().on_suspend(move || {
        let (inner, second) = pair();
        let nested = waits(Runner::new(), second);
        inner.set(20);
        let n = taken(nested).unwrap();
        if let Some(outer) = outer.lock().unwrap().take() {
            outer.set(n + 1);
        }
    });
    assert_eq!(taken(waits(runner, first)).unwrap(), 21);
}

/// FC06: the coroutine sets what others wait for, who set what it waits for next, inside one another.
#[test]
fn fc06_two_coroutines_that_resume_each_other_in_turns() {
    #[co::coroutine(start = run, wait = wait)]
    fn plays(name: &'static str, mut turn: Future<Ball>) -> Future<&'static str> {
        loop {
            let Ball { hits, back } = yield_!(turn)?;
            tell(format!("{name} {hits}"));
            if hits == 0 {
                return Ok(name);
            }
            let (promise, next) = pair();
            turn = next;
            let hits = hits - 1;
            back.set(Ball {
                hits,
                back: promise,
            });
        }
    }
    struct Ball {
        hits: u32,
        back: Promise<Ball>,
    }
    let events = told(|| {
        let (to_ping, ping) = pair();
        let (to_pong, pong) = pair();
        let ping = plays("ping", ping);
        let pong = plays("pong", pong);
        to_ping.set(Ball {
            hits: 3,
            back: to_pong,
        });
        // The ball was dropped with its promise: who waited for it is told.
        assert_eq!(taken(pong).unwrap(), "pong");
        assert!(taken(ping).unwrap_err().is_broken());
    });
    let hits = [
        "main: ping 3",
        "main: pong 2",
        "main: ping 1",
        "main: pong 0",
    ];
    assert_eq!(events, hits);
}

/// A coroutine beside which something lies that is dropped with it.
struct Beside<C> {
    coroutine: Pin<Box<C>>,
    _finally: Finally,
}

struct Finally;

impl Drop for Finally {
    fn drop(&mut self) {
        tell("coroutine dropped");
    }
}

impl<C: Coroutine> Coroutine for Beside<C> {
    type Yield = C::Yield;
    type Return = C::Return;

    fn start(mut self: Pin<&mut Self>) -> CoroutineState<C::Yield, C::Return> {
        self.coroutine.as_mut().start()
    }

    fn resume(mut self: Pin<&mut Self>, (): ()) -> CoroutineState<C::Yield, C::Return> {
        self.coroutine.as_mut().resume(())
    }
}

/// What the body holds goes with its end; what lies beside it, with the coroutine.
#[test]
fn c13_the_coroutine_is_dropped_before_anybody_sees_its_result() {
    let events = told(|| {
        let (promise, first) = pair();
        let coroutine = co::from_async(move |y| async move {
            let site = &co::Site {
                coroutine: "beside",
                yields: "first",
                file: file!(),
                line: line!(),
            };
            wait(y, first, site).await
        });
        let future = run(Beside {
            coroutine: Box::pin(coroutine),
            _finally: Finally,
        });
        future.add_done_callback(|n: &Result<u8, Error>| tell(format!("future done: {n:?}")));
        promise.set(1);
    });
    assert_eq!(
        events,
        ["main: coroutine dropped", "main: future done: Ok(1)"]
    );
}

/// Panics when it is dropped.
struct Grenade;

impl Drop for Grenade {
    fn drop(&mut self) {
        panic!("in drop");
    }
}

/// Written by hand, so that its locals are dropped by the Runner and not by its own end.
struct ByHand {
    _grenade: Option<Grenade>,
    first: Option<Future<u8>>,
}

impl Coroutine for ByHand {
    type Yield = Wait;
    type Return = Result<u8, Error>;

    fn start(self: Pin<&mut Self>) -> CoroutineState<Wait, Self::Return> {
        let this = self.get_mut();
        CoroutineState::Complete(match this.first.take() {
            Some(first) => first.take(&mut |_| ()),
            None => Ok(2),
        })
    }

    fn resume(self: Pin<&mut Self>, (): ()) -> CoroutineState<Wait, Self::Return> {
        unreachable!("it never yields")
    }
}

#[test]
fn fc09_a_coroutine_that_panics_in_drop_keeps_its_result_and_is_logged() {
    let lines = logged(|| {
        let future = run(ByHand {
            _grenade: Some(Grenade),
            first: None,
        });
        assert_eq!(taken(future).unwrap(), 2);
    });
    assert_eq!(lines, ["ERROR Exception in callback: panicked: in drop"]);
}

#[test]
fn taking_what_is_not_done_panics_and_the_panic_stays_in_the_future() {
    let (promise, first) = pair();
    let future = run(ByHand {
        _grenade: None,
        first: Some(first),
    });
    let error = taken(future).unwrap_err();
    let said = "taken before it was done: `sources` says what to wait for";
    assert_eq!(error.panic_message(), Some(said));
    promise.set(1);
}

/// A driver of one's own that resumes too early: the coroutine waits on.
#[test]
fn a_coroutine_that_is_resumed_too_early_yields_again() {
    let (promise, first) = pair();
    let mut coroutine = Box::pin(co::from_async(move |y| async move {
        let site = &co::Site {
            coroutine: "early",
            yields: "first",
            file: file!(),
            line: line!(),
        };
        wait(y, first, site).await
    }));
    let CoroutineState::Yielded(first) = coroutine.as_mut().start() else {
        panic!("it waits")
    };
    let CoroutineState::Yielded(again) = coroutine.as_mut().resume(()) else {
        panic!("it waits on")
    };
    assert!(!first.is_ready() && !again.is_ready());
    promise.set(5);
    assert!(first.is_ready() && again.is_ready());
    let CoroutineState::Complete(outcome) = coroutine.as_mut().resume(()) else {
        panic!("it is done")
    };
    assert_eq!(outcome.unwrap(), 5);
}

/// 400 levels end inside one `set`, on a stack of 2 MiB, without optimisation.
#[test]
fn four_hundred_levels_fit_on_a_threads_stack() {
    let levels = if cfg!(miri) { 20 } else { 400 };
    let thread = std::thread::Builder::new().stack_size(2 << 20);
    let thread = thread.spawn(move || {
        let (promise, mut future) = pair();
        for _ in 0..levels {
            future = waits(Runner::new(), future);
        }
        promise.set(1);
        assert_eq!(taken(future).unwrap(), 1);
    });
    thread.unwrap().join().unwrap();
}

/// A coroutine is dropped where it stands, by whoever drops what it waits for; nobody is left waiting.
#[test]
fn a_promise_dropped_on_another_thread_ends_the_coroutine_there() {
    let held = Arc::new(());
    let (promise, first) = pair::<u8>();
    let future = run(co::from_async({
        let held = held.clone();
        move |y| async move {
            let _held = held;
            let site = &co::Site {
                coroutine: "held",
                yields: "first",
                file: file!(),
                line: line!(),
            };
            wait(y, first, site).await
        }
    }));
    std::thread::spawn(move || drop(promise)).join().unwrap();
    assert!(taken(future).unwrap_err().is_broken());
    assert_eq!(Arc::strong_count(&held), 1);
}
