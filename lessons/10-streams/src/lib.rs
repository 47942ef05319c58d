#![doc = include_str!("../README.md")]

mod fetch;
mod head;
mod law;
mod simple;
mod site;

use std::error::Error;

use ioloop::IoLoop;
use iostream::IoStream;
use lesson_01_blocking::{request_b, request_c};
use lesson_08_event_loop::Requests;
use slow_server::Address;
use timeline::tell;

pub use fetch::{Response, fetch};
pub use head::Malformed;
pub use law::{LESSON, PIECES};
pub use simple::very_simple;
pub use site::{ask, site};

/// Whatever may go wrong.
pub type Failure = Box<dyn Error>;

/// Serves A, B and C: three tasks of the loop of this thread.
///
/// # Panics
///
/// If a request panics.
pub fn serve(server: Address) {
    let requests = Requests::on(IoLoop::current());
    let a = requests.spawn("A", request_a("A", long_io(server)));
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
pub async fn request_a(
    name: &'static str,
    io: impl Future<Output = Result<String, Failure>>,
) -> Result<usize, Failure> {
    tell(format!("{name} begins"));
    let reply = io.await?;
    tell(format!("{name} resumed with {reply:?}"));
    tell(format!("{name} ends"));
    Ok(reply.len())
}

/// Asks a [`site`] of this machine, by HTTP; that asks the slow server.
///
/// # Errors
///
/// What the site says, and what is wrong with the way it says it.
pub async fn long_io(server: Address) -> Result<String, Failure> {
    tell("I/O begins");
    let stream = IoStream::connect(site(server)?);
    let response = fetch(&stream).await?;
    let reply = String::from_utf8(response.body)?;
    if response.status != 200 {
        return Err(reply.into());
    }
    tell("I/O ends");
    Ok(reply)
}
