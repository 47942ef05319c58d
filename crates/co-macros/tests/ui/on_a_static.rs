//! FA01: a static.

#[co::coroutine]
static COUNT: u8 = 1;

fn main() {}
