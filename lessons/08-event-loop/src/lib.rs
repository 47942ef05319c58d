#![doc = include_str!("../README.md")]

mod io;
mod law;
mod requests;
mod server;

use ioloop::IoLoop;
use lesson_01_blocking::{request_b, request_c};
use slow_server::{Address, AskError};
use timeline::tell;

pub use io::{long_io, read_line};
pub use law::{ARRIVALS, LESSON};
pub use requests::Requests;
pub use server::{answer, listen};

/// Serves A, B and C: three tasks of the loop of this thread.
///
/// # Panics
///
/// If a request panics.
pub fn serve(server: Address) {
    let requests = Requests::on(IoLoop::current());
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
pub async fn request_a(name: &'static str, server: Address) -> Result<usize, AskError> {
    tell(format!("{name} begins"));
    let reply = long_io(server).await?;
    tell(format!("{name} resumed with {reply:?}"));
    tell(format!("{name} ends"));
    Ok(reply.len())
}
