//! FA03: a coroutine that borrows from this thread's stack, sent to another thread (E0597).

use co::Coroutine;

#[co::coroutine]
fn count(text: &str) -> impl Coroutine<(), Yield = usize, Return = ()> + Send {
    yield_!(text.len());
}

fn main() {
    let text = String::from("short-lived");
    let counting = count(&text);
    std::thread::spawn(move || drop(counting));
}
