//! `#[co::coroutine = ...]`: rustc knows no such attribute macro.

#[co::coroutine = "drop"]
fn count() {
    yield_!(1);
}

fn main() {}
