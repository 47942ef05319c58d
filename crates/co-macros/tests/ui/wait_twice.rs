//! One function waits.

#[co::coroutine(start = drop, wait = f, wait = f)]
fn ask() {}

fn main() {}
