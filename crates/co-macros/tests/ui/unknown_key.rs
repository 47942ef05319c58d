//! A key that does not exist.

#[co::coroutine(begin = drop)]
fn count() {
    yield_!(1);
}

fn main() {}
