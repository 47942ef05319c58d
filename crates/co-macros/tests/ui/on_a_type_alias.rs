//! FA01: a type alias.

#[co::coroutine]
type Step = u8;

fn main() {}
