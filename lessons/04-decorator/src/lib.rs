#![doc = include_str!("../README.md")]

mod law;

use lesson_01_blocking::{request_b, request_c};
use lesson_03_generator::{long_io, start};
use slow_server::Address;
use timeline::tell;

pub use law::LESSON;

/// Serves A, B and C; calling A looks like any call.
pub fn serve(server: Address) {
    request_a("A", server);
    request_b();
    request_c();
}

/// All of A, from top to bottom. The call starts it.
#[co::coroutine(start = start)]
pub fn request_a(name: &'static str, server: Address) {
    tell(format!("{name} begins"));
    let reply = yield_!(long_io(server));
    tell(format!("{name} resumed with {reply:?}"));
    tell(format!("{name} leaves"));
}
