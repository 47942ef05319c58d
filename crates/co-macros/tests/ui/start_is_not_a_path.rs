//! `start` with something that is not a path.

#[co::coroutine(start = "drop")]
fn quoted() {}

#[co::coroutine(start = drop())]
fn called() {}

#[co::coroutine(start = |coroutine| drop(coroutine))]
fn closed() {}

#[co::coroutine(start = &drop)]
fn borrowed() {}

#[co::coroutine(start = drop<u8>)]
fn without_turbofish() {}

#[co::coroutine(start = drop drop)]
fn two() {}

fn main() {}
