//! The access log: a line for each request, as Tornado writes it.

use std::fmt;
use std::time::Instant;

use http::StatusCode;
use log::Level;

use crate::state::State;

const TARGET: &str = "web::access";

/// A request, as the log tells it.
#[derive(Clone, Copy)]
pub(crate) struct Summary<'a>(pub(crate) &'a State);

/// `200 POST / (127.0.0.1) 275.58ms`. A warning for the client's errors, an error for ours.
pub(crate) fn log(summary: Summary<'_>, status: StatusCode, begin: Instant) {
    let level = match status.as_u16() {
        0..400 => Level::Info,
        400..500 => Level::Warn,
        _ => Level::Error,
    };
    if !log::log_enabled!(target: TARGET, level) {
        return;
    }
    let millis = (reactor::now() - begin).as_secs_f64() * 1e3;
    log::log!(target: TARGET, level, "{} {summary} {millis:.2}ms", status.as_u16());
}

/// `POST / (127.0.0.1)`: without the query, which may hold what nobody should read, and without control characters.
impl fmt::Display for Summary<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = &self.0.head;
        write!(f, "{} {} (", head.method, head.uri.path().escape_debug())?;
        match self.0.connection.remote {
            Some(remote) => write!(f, "{remote})"),
            None => f.write_str("-)"),
        }
    }
}
