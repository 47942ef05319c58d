#![doc = include_str!("../README.md")]

mod law;
mod runner;

use lesson_01_blocking::{request_b, request_c};
use promise::{Future, wait};
use slow_server::Address;
use timeline::tell;

pub use law::LESSON;
pub use runner::{in_pool, run};

/// Serves A, B and C; what becomes of A comes through a future.
pub fn serve(server: Address) {
    let a = request_a("A", server);
    request_b();
    request_c();
    a.add_done_callback(|outcome| {
        if let Err(error) = outcome {
            tell(format!("A fails: {error}"));
        }
    });
}

/// Waits for its reply, and returns how long it was.
#[co::coroutine(start = run, wait = wait)]
pub fn request_a(name: &'static str, server: Address) -> Future<usize> {
    tell(format!("{name} begins"));
    let reply = yield_!(long_io(server))?;
    tell(format!("{name} resumed with {reply:?}"));
    tell(format!("{name} ends"));
    Ok(reply.len())
}

/// The I/O of lesson 1, on a thread of the pool. Its reply or its error comes through a future.
pub fn long_io(server: Address) -> Future<String> {
    in_pool(move || lesson_01_blocking::long_io(&server))
}
