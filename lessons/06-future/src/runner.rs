//! Where the coroutines of this lesson run, and where their I/O does.
//!
//! The explorer does not see what happens inside a promise. Each `thread::yield_now` here is a
//! place where threads meet in one, so that it tries both orders.

use std::error::Error;
use std::sync::LazyLock;
use std::time::Duration;

use co::Coroutine;
use pool::Pool;
use promise::{Future, Runner, Wait};
use timeline::{holds, request, tell, thread};

/// A few threads for all the I/O there is. They are the story's, and leave when there is nothing to do.
static POOL: LazyLock<Pool> = LazyLock::new(|| {
    let pool = Pool::new(4).named("io").idle_for(Duration::ZERO);
    pool.spawned_by(|role, body| {
        let thread = thread::spawn(role, body);
        Box::new(|| drop(thread.join()))
    })
});

/// Calls what blocks on a thread of the pool.
pub fn in_pool<T, E>(blocking: impl FnOnce() -> Result<T, E> + Send + 'static) -> Future<T>
where
    T: Send + 'static,
    E: Error + Send + Sync + 'static,
{
    let future = POOL.submit_result(|| {
        let outcome = blocking();
        thread::yield_now(); // Here the promise is set.
        outcome
    });
    thread::yield_now(); // Here somebody looks whether it is done.
    future
}

/// Starts a coroutine, and tells when it is suspended. The rest is the Runner's.
pub fn run<T, C>(coroutine: C) -> Future<T>
where
    T: Send + 'static,
    C: Coroutine<(), Yield = Wait, Return = Result<T, promise::Error>> + Send + 'static,
{
    let bytes = size_of_val(&coroutine);
    let suspended = move || {
        tell(format!("{} suspended", request()));
        holds(bytes);
        thread::yield_now(); // Here the coroutine is put aside.
    };
    Runner::new().on_suspend(suspended).run(coroutine)
}
