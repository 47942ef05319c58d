//! FA01: an impl block; the attribute belongs on its functions.

struct Counter;

#[co::coroutine]
impl Counter {
    fn count(&self) {}
}

fn main() {}
