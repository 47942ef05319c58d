//! Every interleaving of the two ends, tried by loom:
//!
//! ```text
//! RUSTFLAGS="--cfg loom" cargo test -p promise --test loom --release
//! ```
//!
//! A model is a program over any kind of pair. Ours must pass it; pairs with one mistake each (`mistakes.rs`) must be
//! caught by it. Loom finds deadlocks (a waker that is never woken), leaks (of what is counted by its `Arc`), and reads
//! that race with writes (of its `Cell`).
#![cfg(loom)]

mod mistakes;
mod models;
mod ours;

use std::task::{Context, Poll};

/// What came out: the value, or that the promise was broken.
type Got = Result<u32, ()>;

/// A kind of pair.
trait Pair: 'static {
    type Promise: Send + 'static;
    type Future: Send + Sync + 'static;
    fn pair() -> (Self::Promise, Self::Future);
    fn set(promise: Self::Promise, value: u32);
    fn poll(future: &mut Self::Future, cx: &mut Context<'_>) -> Poll<Got>;
    fn add(future: &Self::Future, callback: impl FnOnce(Got) + Send + 'static);
}
