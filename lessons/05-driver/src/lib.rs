#![doc = include_str!("../README.md")]

mod driver;
mod law;

use co::Coroutine;
use lesson_01_blocking::{request_b, request_c};
use slow_server::Address;
use timeline::tell;

pub use driver::drive;
pub use law::LESSON;

/// Serves A, B and C; A has a driver of its own.
pub fn serve(server: Address) {
    request_a("A", server);
    request_b();
    request_c();
}

/// Yields the I/O itself, and is resumed with the reply.
#[co::coroutine(start = drive)]
pub fn request_a(name: &'static str, server: Address) {
    tell(format!("{name} begins"));
    let reply = yield_!(long_io(server));
    tell(format!("{name} resumed with {reply:?}"));
    tell(format!("{name} ends"));
}

/// The I/O is a coroutine too: it yields its reply.
#[co::coroutine]
pub fn long_io(server: Address) -> impl Coroutine<(), Yield = String, Return = ()> + Send {
    match lesson_01_blocking::long_io(&server) {
        Ok(reply) => yield_!(reply),
        Err(error) => tell(format!("I/O fails: {error}")),
    }
}
