//! All mistakes are reported at once, each at its own token.

#[co::coroutine(begin = drop, start)]
const async unsafe extern "C" fn count() {
    (|| yield_!(1))();
    count().await;
}

fn main() {}
