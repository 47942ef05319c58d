//! With `start = path` the types come from the bounds of the path, which rustc looks at after the
//! body. A method on what `yield_!` gives needs the type written (E0282): `let reply: String = yield_!(1);`.

use co::Coroutine;

#[co::coroutine(start = answer)]
fn ask() {
    let reply = yield_!(1);
    println!("{}", reply.len());
}

fn answer(coroutine: impl Coroutine<String, Yield = u8, Return = ()>) {
    drop(coroutine);
}

fn main() {}
