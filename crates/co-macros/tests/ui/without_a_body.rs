//! FA01: a function without a body, in a trait.

use co::Coroutine;

trait Steps {
    #[co::coroutine]
    fn steps(&self) -> impl Coroutine<(), Yield = u8, Return = ()>;
}

fn main() {}
