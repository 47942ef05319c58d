#![doc = include_str!("../README.md")]

mod law;

use lesson_01_blocking::{request_b, request_c};
use slow_server::Address;
use timeline::{tell, thread};

pub use law::LESSON;

/// Serves A, B and C; A's second half comes when it comes.
pub fn serve(server: Address) {
    request_a("A", server);
    request_b();
    request_c();
}

/// The first half of A: starts the I/O, says what to call, and leaves.
pub fn request_a(name: &str, server: Address) {
    tell(format!("{name} begins"));
    long_io(server, on_reply);
    tell(format!("{name} leaves"));
}

/// The second half of A: called by the I/O's thread with the reply.
pub fn on_reply(reply: String) {
    tell("callback begins");
    tell(format!("{reply:?}"));
    tell("callback ends");
}

/// Does the I/O of lesson 1 on a thread of its own, which then calls `callback`.
pub fn long_io(server: Address, callback: impl FnOnce(String) + Send + 'static) {
    thread::spawn("io", move || match lesson_01_blocking::long_io(&server) {
        Ok(reply) => callback(reply),
        // Whom to tell? The one who asked has left.
        Err(error) => tell(format!("I/O fails: {error}")),
    });
}
