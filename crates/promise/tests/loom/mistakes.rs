//! A pair as one might write it first, right but for one mistake at a time.

use std::task::{Context, Poll, Waker};

use loom::sync::{Arc, Mutex};

use crate::{Got, Pair};

/// No mistake: what is below is right then, which shows that the mistake is what is caught.
pub(crate) const NONE: u8 = 0;
/// `poll` looks, gives the lock back, and puts its waker in without looking again.
pub(crate) const LOOKS_THEN_WAITS: u8 = 1;
/// A promise that is dropped unset tells nobody.
pub(crate) const NEVER_BREAKS: u8 = 2;
/// `poll` keeps the waker that is there already.
pub(crate) const KEEPS_THE_OLDEST_WAKER: u8 = 3;
/// A callback is called at once when the outcome is there, though older ones are still to be called.
pub(crate) const CALLS_AT_ONCE: u8 = 4;
/// Adding a callback looks, gives the lock back, and adds without looking again.
pub(crate) const LOOKS_THEN_ADDS: u8 = 5;
/// The waker is woken while the lock is held.
pub(crate) const WAKES_UNDER_THE_LOCK: u8 = 6;

#[derive(Default)]
struct State {
    outcome: Option<Got>,
    calling: bool,
    callbacks: Vec<Box<dyn FnOnce(Got) + Send>>,
    waker: Option<Waker>,
}

pub(crate) struct With<const MISTAKE: u8>;

pub(crate) struct Promise<const MISTAKE: u8>(Option<Arc<Mutex<State>>>);

pub(crate) struct Future(Arc<Mutex<State>>);

/// Calls what is there to be called, by one thread at a time; then wakes.
fn call_all(inner: &Mutex<State>, mistake: u8) {
    loop {
        let mut state = inner.lock().unwrap();
        let got = state.outcome.expect("set before");
        if state.callbacks.is_empty() {
            state.calling = false;
            let waker = state.waker.take();
            let held = (mistake == WAKES_UNDER_THE_LOCK).then_some(state);
            if let Some(waker) = waker {
                waker.wake();
            }
            drop(held);
            return;
        }
        let callbacks = std::mem::take(&mut state.callbacks);
        drop(state);
        for callback in callbacks {
            callback(got);
        }
    }
}

fn settle(inner: &Mutex<State>, got: Got, mistake: u8) {
    let mut state = inner.lock().unwrap();
    state.outcome = Some(got);
    state.calling = true;
    drop(state);
    call_all(inner, mistake);
}

impl<const MISTAKE: u8> Drop for Promise<MISTAKE> {
    fn drop(&mut self) {
        if let Some(inner) = self.0.take()
            && MISTAKE != NEVER_BREAKS
        {
            settle(&inner, Err(()), MISTAKE);
        }
    }
}

impl<const MISTAKE: u8> Pair for With<MISTAKE> {
    type Promise = Promise<MISTAKE>;
    type Future = Future;

    fn pair() -> (Self::Promise, Future) {
        let inner = Arc::new(Mutex::new(State::default()));
        (Promise(Some(Arc::clone(&inner))), Future(inner))
    }

    fn set(mut promise: Self::Promise, value: u32) {
        let inner = promise.0.take().unwrap();
        settle(&inner, Ok(value), MISTAKE);
    }

    fn poll(future: &mut Future, cx: &mut Context<'_>) -> Poll<Got> {
        let mut state = future.0.lock().unwrap();
        if let Some(got) = state.outcome
            && !state.calling
        {
            return Poll::Ready(got);
        }
        if MISTAKE == LOOKS_THEN_WAITS {
            drop(state);
            state = future.0.lock().unwrap();
        }
        if MISTAKE != KEEPS_THE_OLDEST_WAKER || state.waker.is_none() {
            state.waker = Some(cx.waker().clone());
        }
        Poll::Pending
    }

    fn add(future: &Future, callback: impl FnOnce(Got) + Send + 'static) {
        let mut state = future.0.lock().unwrap();
        match state.outcome {
            Some(got) if MISTAKE == CALLS_AT_ONCE => {
                drop(state);
                callback(got);
            }
            Some(_) if !state.calling => {
                state.calling = true;
                state.callbacks.push(Box::new(callback));
                drop(state);
                call_all(&future.0, MISTAKE);
            }
            found => {
                if MISTAKE == LOOKS_THEN_ADDS && found.is_none() {
                    drop(state);
                    state = future.0.lock().unwrap();
                }
                state.callbacks.push(Box::new(callback));
            }
        }
    }
}
