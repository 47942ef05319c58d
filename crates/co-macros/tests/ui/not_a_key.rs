//! Something that is not a key at all.

#[co::coroutine(drop::<u8>)]
fn path() {}

#[co::coroutine("start")]
fn quoted() {}

#[co::coroutine(start = drop,, start = drop)]
fn comma() {}

fn main() {}
