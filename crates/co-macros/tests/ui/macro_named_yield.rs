//! FA05: a macro of the reader's own that hides `yield_!`.

use co::Coroutine;

#[co::coroutine]
fn count() -> impl Coroutine<(), Yield = u8, Return = ()> {
    macro_rules! yield_ {
        ($value:expr) => {
            $value
        };
    }
    yield_!(1);
}

fn main() {}
