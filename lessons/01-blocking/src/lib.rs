#![doc = include_str!("../README.md")]

mod law;

use slow_server::{Address, AskError};
use timeline::tell;

pub use law::LESSON;

/// Serves A, B and C, one after another.
pub fn serve(server: Address) {
    if let Err(error) = request_a("A", &server) {
        tell(format!("A fails: {error}"));
    }
    request_b();
    request_c();
}

/// Needs a long I/O.
///
/// # Errors
///
/// The I/O's error: it comes to the caller, like any other.
pub fn request_a(name: &str, server: &Address) -> Result<(), AskError> {
    tell(format!("{name} begins"));
    let reply = long_io(server)?;
    tell(format!("{name} gets {reply:?}"));
    tell(format!("{name} ends"));
    Ok(())
}

/// Asks the slow server, and holds this thread until it has answered.
///
/// # Errors
///
/// What [`Address::ask`] says when there is no reply.
pub fn long_io(server: &Address) -> Result<String, AskError> {
    tell("I/O begins");
    let reply = server.ask()?;
    tell("I/O ends");
    Ok(reply)
}

/// Needs no I/O.
pub fn request_b() {
    tell("B begins");
    tell("B ends");
}

/// Needs no I/O.
pub fn request_c() {
    tell("C begins");
    tell("C ends");
}
