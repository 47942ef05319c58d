//! FB11: `.await` of a foreign future, in the body and in a macro's arguments.

use co::Coroutine;

async fn sleep() -> u8 {
    1
}

#[co::coroutine]
fn count() -> impl Coroutine<(), Yield = u8, Return = ()> {
    sleep().await;
    println!("{}", sleep().await);
    yield_!(sleep().await);
    // An `async` block is a value like any other, and may await.
    let _ = async { sleep().await };
}

fn main() {}
