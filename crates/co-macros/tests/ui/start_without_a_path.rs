//! `start` without a path, in every way to forget it.

#[co::coroutine(start)]
fn one() {}

#[co::coroutine(start =)]
fn two() {}

#[co::coroutine(start(drop))]
fn three() {}

#[co::coroutine(start = ,)]
fn four() {}

fn main() {}
