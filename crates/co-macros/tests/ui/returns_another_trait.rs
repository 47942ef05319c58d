//! The bare form with another trait.

#[co::coroutine]
fn count() -> impl Iterator<Item = u8> {
    yield_!(1);
}

fn main() {}
