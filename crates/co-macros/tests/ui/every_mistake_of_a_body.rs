//! Every mistake of a body is reported, not only the first.

use co::Coroutine;

#[co::coroutine]
fn count() -> impl Coroutine<(), Yield = u8> {
    let one = || yield_!(1);
    std::future::ready(1).await;
    fn two() {
        yield_!(2);
    }
}

#[co::coroutine(start = drop)]
fn count_more() {
    let one = || yield_!(1);
    std::future::ready(1).await;
}

fn main() {}
