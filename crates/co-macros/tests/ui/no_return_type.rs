//! The bare form without a return type.

#[co::coroutine]
fn count() {
    yield_!(1);
}

fn main() {}
