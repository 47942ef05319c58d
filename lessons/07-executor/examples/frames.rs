//! Where a coroutine keeps its frames: `cargo run -p lesson-07-executor --example frames`

use std::array;

use corosensei::stack::{DefaultStack, Stack};
use corosensei::{Coroutine, Yielder};

// Stackless: each of these is a state machine, and the outer one holds the inner one.

async fn fetch(reply: promise::Future<String>) -> String {
    reply.await.unwrap_or_default()
}

async fn article(reply: promise::Future<String>) -> String {
    fetch(reply).await + "."
}

async fn front_page(reply: promise::Future<String>) -> usize {
    article(reply).await.len()
}

// Stackful: plain functions, which may stop anywhere, as far down as they are.

type Stops = Yielder<String, &'static str>;

fn fetch_both(stops: &Stops) -> [String; 2] {
    let questions = ["one", "two"];
    array::from_fn(|n| stops.suspend(questions[n])) // stops inside a closure, inside a function of std
}

pub(crate) fn report() -> String {
    let future = || promise::pair::<String>().1;
    let (fetch, article) = (fetch(future()), article(future()));
    let bytes = [
        size_of_val(&fetch),
        size_of_val(&article),
        size_of_val(&front_page(future())),
    ];

    let stack = DefaultStack::new(64 * 1024).expect("a stack");
    let size = stack.base().get() - stack.limit().get();
    let mut both = Coroutine::with_stack(stack, |stops: &Stops, _: String| fetch_both(stops));
    let mut asked = Vec::new();
    for reply in ["", "1", "2"] {
        asked.extend(both.resume(reply.to_owned()).as_yield());
    }
    let [one, two, three] = bytes;
    format!(
        "stackless: fetch {one} bytes, article {two}, front_page {three}: one value\n\
         stackful:  a stack of {size} bytes, and it asked {asked:?} from inside a closure\n"
    )
}

fn main() {
    print!("{}", report());
}
