use std::time::Duration;

/// What a server bears of its clients. The defaults are safe on the open Internet; each field can be set.
///
/// ```
/// use std::time::Duration;
///
/// use web::Limits;
///
/// let limits = Limits {
///     body: 10 << 20, // uploads
///     idle: Duration::from_secs(60),
///     ..Limits::default()
/// };
/// assert_eq!(limits.header_lines, 100);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a request line and its headers together: 64 KiB, and not less than 8 KiB. More is answered with 431.
    pub header_bytes: usize,
    /// Lines of headers: 100. More is answered with 431.
    pub header_lines: usize,
    /// Bytes of a request's target: 8 KiB. More is answered with 414, where it is not 431 already.
    pub target_bytes: usize,
    /// Bytes of a request's body: 1 MiB. More is answered with 413. A [route](crate::Route::body_limit) can have its own.
    pub body: u64,
    /// How long the headers may take from their first byte on, or the first ones from the connection on: 10 s. Then the
    /// connection is closed, without an answer.
    pub header: Duration,
    /// How long may pass between two pieces of a body: 10 s. Then the connection is closed.
    pub body_progress: Duration,
    /// How long a connection may stay open without a request: 15 s.
    pub idle: Duration,
    /// How long a peer may take nothing of an answer that it could take: 20 s. Then the connection is closed.
    pub write_stall: Duration,
    /// Connections at a time: 10,000. One more is answered with 503, and closed.
    pub connections: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            header_bytes: 64 << 10,
            header_lines: 100,
            target_bytes: 8 << 10,
            body: 1 << 20,
            header: Duration::from_secs(10),
            body_progress: Duration::from_secs(10),
            idle: Duration::from_secs(15),
            write_stall: Duration::from_secs(20),
            connections: 10_000,
        }
    }
}
