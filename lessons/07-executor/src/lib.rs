#![doc = include_str!("../README.md")]

pub mod forty_lines;
mod law;
mod requests;

use lesson_01_blocking::{request_b, request_c};
use promise::{Error, Future};
use slow_server::Address;
use timeline::tell;

pub use law::LESSON;
pub use requests::Requests;

/// Serves A, B and C: three tasks, on this thread.
///
/// # Panics
///
/// If a request panics.
pub fn serve(server: Address) {
    let requests = Requests::new();
    let a = requests.spawn("A", request_a("A", server));
    let b = requests.spawn("B", async { request_b() });
    let c = requests.spawn("C", async { request_c() });
    requests.block_on(async {
        if let Err(error) = a.await.unwrap() {
            tell(format!("A fails: {error}"));
        }
        b.await.unwrap();
        c.await.unwrap();
    });
}

/// Waits for its reply, and returns how long it was.
///
/// # Errors
///
/// The I/O's.
pub async fn request_a(name: &'static str, server: Address) -> Result<usize, Error> {
    tell(format!("{name} begins"));
    let reply = long_io(server).await?;
    tell(format!("{name} resumed with {reply:?}"));
    tell(format!("{name} ends"));
    Ok(reply.len())
}

/// The I/O of lesson 6: it begins at the call, on a thread of the pool, and is awaited like any future.
pub fn long_io(server: Address) -> Future<String> {
    lesson_06_future::long_io(server)
}
