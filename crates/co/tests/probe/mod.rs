//! What the tests look with: values that are counted, and panics that are read.
#![allow(dead_code, reason = "each test file uses its own part")]

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

/// Counts its tokens. `Clone` gives the same count.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counter {
    made: Rc<Cell<usize>>,
    dropped: Rc<Cell<usize>>,
}

/// A value whose drop is seen.
#[derive(Debug)]
pub(crate) struct Token {
    counter: Counter,
    dropped: bool,
}

impl Counter {
    pub(crate) fn token(&self) -> Token {
        self.made.set(self.made.get() + 1);
        Token {
            counter: self.clone(),
            dropped: false,
        }
    }

    /// Tokens that were made and not dropped yet.
    pub(crate) fn live(&self) -> usize {
        self.made
            .get()
            .checked_sub(self.dropped.get())
            .expect("more drops than tokens")
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        assert!(!self.dropped, "dropped twice");
        self.dropped = true;
        self.counter.dropped.set(self.counter.dropped.get() + 1);
    }
}

/// The message of the panic that `action` ends with.
#[track_caller]
pub(crate) fn panic_of<T>(action: impl FnOnce() -> T) -> String {
    match catch_unwind(AssertUnwindSafe(action)) {
        Ok(_) => panic!("expected a panic, and there was none"),
        Err(payload) => match payload.downcast::<String>() {
            Ok(message) => *message,
            Err(payload) => (*payload.downcast::<&str>().expect("a text")).to_owned(),
        },
    }
}

/// Asserts that `action` panics, and that its message says `text`.
#[track_caller]
pub(crate) fn refused<T>(text: &str, action: impl FnOnce() -> T) {
    let message = panic_of(action);
    assert!(message.contains(text), "{message:?} does not say {text:?}");
}
