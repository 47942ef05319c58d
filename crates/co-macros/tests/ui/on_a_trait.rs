//! FA01: a trait.

#[co::coroutine]
pub unsafe trait Steps {}

fn main() {}
