//! Any sequence of starts, resumes and a drop, on any body: what comes back is what a model says, and whatever is
//! held, handed over or lost to a panic is dropped exactly once (FB01, FB02, FB05, FB11, FA08).

mod probe;

use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind};

use co::{Coroutine, CoroutineState, FromAsync, Yielder};
use probe::{Counter, Token};
use proptest::collection::vec;
use proptest::prelude::*;

/// How a body ends.
#[derive(Clone, Copy, Debug)]
enum End {
    Return,
    Panic,
    AwaitForever,
}

#[derive(Clone, Copy, Debug)]
enum Call {
    Start,
    Resume,
}

/// What a call came to.
#[derive(Debug, PartialEq)]
enum Outcome {
    Yielded,
    Complete,
    Panicked,
}

/// A body with one stop for each of `holds`; where that says so, it keeps one more token and the answer.
fn body(
    counter: Counter,
    holds: Vec<bool>,
    end: End,
) -> FromAsync<Token, Token, impl Future<Output = Token>> {
    co::from_async(|y: Yielder<Token, Token>| async move {
        let mut held = Vec::new();
        for hold in holds {
            if hold {
                held.push(counter.token());
            }
            let answer = y.yield_(counter.token()).await;
            if hold {
                held.push(answer);
            }
        }
        match end {
            End::Return => counter.token(),
            End::Panic => panic!("the body's own panic"),
            End::AwaitForever => pending().await,
        }
    })
}

#[derive(Debug)]
enum Model {
    Unstarted,
    /// The number of stops behind it, this one counted.
    Suspended(usize),
    Over,
}

impl Model {
    fn call(&mut self, call: Call, stops: usize, end: End) -> Outcome {
        let next = match (&*self, call) {
            (Model::Unstarted, Call::Start) => 1,
            (Model::Suspended(stop), Call::Resume) => stop + 1,
            _ => return Outcome::Panicked,
        };
        if next <= stops {
            *self = Model::Suspended(next);
            return Outcome::Yielded;
        }
        *self = Model::Over;
        match end {
            End::Return => Outcome::Complete,
            End::Panic | End::AwaitForever => Outcome::Panicked,
        }
    }
}

/// Tokens that the body holds at its stop number `stop`.
fn held_at(holds: &[bool], stop: usize) -> usize {
    let before = holds[..stop - 1].iter().filter(|hold| **hold).count() * 2;
    before + usize::from(holds[stop - 1])
}

fn check(holds: Vec<bool>, end: End, calls: Vec<Call>) {
    let counter = Counter::default();
    let mut model = Model::Unstarted;
    {
        let mut coroutine = Box::pin(body(counter.clone(), holds.clone(), end));
        for call in calls {
            let got = catch_unwind(AssertUnwindSafe(|| {
                let state = match call {
                    Call::Start => coroutine.as_mut().start(),
                    Call::Resume => coroutine.as_mut().resume(counter.token()),
                };
                match state {
                    CoroutineState::Yielded(_) => Outcome::Yielded,
                    CoroutineState::Complete(_) => Outcome::Complete,
                }
            }));
            let got = got.unwrap_or(Outcome::Panicked);
            assert_eq!(got, model.call(call, holds.len(), end), "{call:?}");
            match model {
                Model::Unstarted => assert_eq!(counter.live(), 0),
                Model::Suspended(stop) => assert_eq!(counter.live(), held_at(&holds, stop)),
                // Whether the body still stands there (it awaits for ever) or was left.
                Model::Over if matches!(end, End::AwaitForever) => {}
                Model::Over => assert_eq!(counter.live(), 0),
            }
        }
    }
    assert_eq!(counter.live(), 0, "after the drop");
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: if cfg!(miri) { 8 } else { 512 },
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn fb01_any_sequence_of_calls_does_what_the_model_says(
        holds in vec(any::<bool>(), 0..5),
        end in prop_oneof![Just(End::Return), Just(End::Panic), Just(End::AwaitForever)],
        calls in vec(prop_oneof![1 => Just(Call::Start), 3 => Just(Call::Resume)], 0..10),
        start_first in prop::bool::weighted(0.8),
    ) {
        let first = start_first.then_some(Call::Start);
        check(holds, end, first.into_iter().chain(calls).collect());
    }
}
