//! The key alone says nothing.

#[co::coroutine(start = drop, wait)]
fn ask() {}

fn main() {}
