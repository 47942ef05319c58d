use std::time::Duration;

/// What a WebSocket bears of its peer. The defaults are safe on the open Internet.
///
/// ```
/// use web::WebSocketLimits;
///
/// let limits = WebSocketLimits {
///     message: 4096,
///     ..WebSocketLimits::default()
/// };
/// assert_eq!(limits.queue_messages, 256);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebSocketLimits {
    /// Bytes of a message, over all its fragments: 1 MiB (Tornado: 10). More is answered with 1009, as soon as a header
    /// promises it; so are more than 1024 fragments, and one for each 32 bytes.
    pub message: usize,
    /// Messages that wait to be sent: 256. With one more the connection is closed with 1013: its peer reads too slowly.
    pub queue_messages: usize,
    /// Bytes of these messages: 1 MiB. A message may have more if no other one waits; until it is sent none may wait
    /// behind it.
    pub queue_bytes: usize,
    /// How often the peer is pinged: every 20 s. None, or zero, if never; then a peer that vanished may never be noticed.
    pub ping_interval: Option<Duration>,
    /// After so many pings in a row without a sign of life the peer is taken for gone: 2. While the handler is at work
    /// nobody reads; then it is one if the peer takes what is sent.
    pub missed_pings: u32,
    /// How long the peer may take to close, from when it is told to, which is when all that waits is sent, too: 5 s. Then
    /// it is cut off.
    pub close: Duration,
}

impl Default for WebSocketLimits {
    fn default() -> Self {
        Self {
            message: 1 << 20,
            queue_messages: 256,
            queue_bytes: 1 << 20,
            ping_interval: Some(Duration::from_secs(20)),
            missed_pings: 2,
            close: Duration::from_secs(5),
        }
    }
}
