//! `yield_!` outside of a coroutine: there is no such macro there.

fn count() {
    yield_!(1);
}

fn main() {}
