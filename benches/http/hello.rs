//! What is asked, and what is answered: by everybody the same, but for the date.

/// A request, as load generators send it: with nothing that a server need not have.
pub(crate) const REQUEST: &[u8] = b"GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// The body of the reply, and its type.
pub(crate) const BODY: &str = "Hello, world!\n";
pub(crate) const TYPE: &str = "text/html; charset=UTF-8";

/// The reply: as many bytes from everybody.
pub(crate) const REPLY: &[u8] = b"HTTP/1.1 200 OK\r\n\
    content-type: text/html; charset=UTF-8\r\n\
    content-length: 14\r\n\
    date: Sun, 29 Nov 2026 12:00:00 GMT\r\n\
    \r\n\
    Hello, world!\n";

/// Whether these bytes are the reply, at whatever time.
pub(crate) fn is_reply(bytes: &[u8]) -> bool {
    const DATE: &str = "Sun, 29 Nov 2026 12:00:00 GMT";
    let date = REPLY.len() - "\r\n\r\n".len() - BODY.len() - DATE.len();
    let rest = date + DATE.len();
    bytes.len() == REPLY.len() && bytes[..date] == REPLY[..date] && bytes[rest..] == REPLY[rest..]
}
