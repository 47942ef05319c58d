//! FA01: an import.

#[co::coroutine]
pub use std::fmt;

fn main() {}
