//! FA01: a closure. An attribute macro on an expression is unstable (E0658), and refused before the
//! macro runs.

fn main() {
    let count = #[co::coroutine]
    || {
        yield_!(1);
    };
}
