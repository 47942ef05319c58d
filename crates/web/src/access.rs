//! The access log: a line for each request, as Tornado writes it.

use std::fmt;
use std::time::Instant;

use http::StatusCode;
use log::Level;

use crate::state::Summary;

const TARGET: &str = "web::access";

/// `200 POST / (127.0.0.1) 275.58ms`. A warning for the client's errors, an error for ours.
pub(crate) fn log(summary: &Summary, status: StatusCode, begin: Instant) {
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
impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} (", self.method, self.target.path().escape_debug())?;
        match self.remote {
            Some(remote) => write!(f, "{remote})"),
            None => f.write_str("-)"),
        }
    }
}
