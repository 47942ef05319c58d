#![doc = include_str!("../README.md")]

mod law;
mod request_a;
mod slot;

use lesson_01_blocking::{request_b, request_c};
use slow_server::Address;

pub use law::LESSON;
pub use request_a::{RequestA, long_io};
pub use slot::{resume, start};

/// Serves A, B and C; A is suspended while it waits, and resumed with the reply.
pub fn serve(server: Address) {
    start(RequestA::new("A", server));
    request_b();
    request_c();
}
