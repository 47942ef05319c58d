//! FA01: a constant, even one of a function type.

#[co::coroutine]
const COUNT: fn() = count;

fn count() {}

fn main() {}
