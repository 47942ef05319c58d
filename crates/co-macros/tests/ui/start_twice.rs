//! `start` twice.

#[co::coroutine(start = drop, start = Box::new)]
fn count() {
    yield_!(1u8);
}

fn main() {}
