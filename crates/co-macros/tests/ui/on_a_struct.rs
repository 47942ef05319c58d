//! FA01: a struct.

#[co::coroutine]
struct Counter {
    n: u8,
}

// The struct itself stays known: only the attribute is wrong.
fn make() -> Counter {
    Counter { n: 1 }
}

fn main() {}
