//! Where a server listens: `host:port`.

use std::error::Error;
use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;
use std::sync::Arc;

/// Where a server listens: a host and a port, such as `127.0.0.1:9000`, `[::1]:9000` or `localhost:9000`.
///
/// Reading one from text checks its shape only. A name is looked up when it is [asked](Address::ask),
/// so an address that nobody answers at is a good address until then.
///
/// ```
/// use slow_server::Address;
///
/// let address: Address = "localhost:9000".parse()?;
/// assert_eq!(address.to_string(), "localhost:9000");
/// assert!("localhost".parse::<Address>().is_err(), "no port");
/// # Ok::<(), slow_server::NotAnAddress>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Address {
    text: Arc<str>,
    port: u16,
}

/// This text is no `host:port`.
///
/// Its `Display` is one line that quotes the text, control characters escaped, and shows what would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotAnAddress(String);

impl Address {
    /// `host:port`, as [`std::net::ToSocketAddrs`] takes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The port, never 0.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }
}

impl From<SocketAddr> for Address {
    fn from(address: SocketAddr) -> Address {
        Address {
            text: address.to_string().into(),
            port: address.port(),
        }
    }
}

impl FromStr for Address {
    type Err = NotAnAddress;

    fn from_str(text: &str) -> Result<Address, NotAnAddress> {
        let no = || NotAnAddress(text.to_owned());
        let (host, port) = text.rsplit_once(':').ok_or_else(no)?;
        // Digits only: `parse` alone would take `+80`.
        if !port.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(no());
        }
        let port = match port.parse() {
            Ok(0) | Err(_) => return Err(no()),
            Ok(port) => port,
        };
        if text.parse::<SocketAddr>().is_err() && !is_name(host) {
            return Err(no());
        }
        Ok(Address {
            text: text.into(),
            port,
        })
    }
}

/// Whether a name service could know this host. Whether it does is asked later.
fn is_name(host: &str) -> bool {
    let good = |c: char| c.is_alphanumeric() || matches!(c, '-' | '.' | '_');
    (1..=253).contains(&host.len()) && host.chars().all(good)
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Display for NotAnAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.0.escape_debug();
        write!(
            f,
            "'{shown}' is no host:port, such as 127.0.0.1:9000 or localhost:9000"
        )
    }
}

impl Error for NotAnAddress {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_reads_back_as_it_was_written() {
        for text in [
            "127.0.0.1:9000",
            "[::1]:9",
            "localhost:65535",
            "a_b-c.example:80",
        ] {
            assert_eq!(text.parse::<Address>().unwrap().to_string(), text);
        }
        assert_eq!("[::1]:9".parse::<Address>().unwrap().port(), 9);
    }

    #[test]
    fn what_is_no_host_and_port_is_refused_in_one_line() {
        for text in [
            "",
            ":",
            ":80",
            "9000",
            "localhost",
            "localhost:",
            "localhost:0",
            "localhost:65536",
            "localhost:+80",
            "localhost:-1",
            "localhost: 80",
            "local host:80",
            "::1:80x",
            "[::1]",
            "[::1:80",
            "http://localhost:80",
            "user@host:80",
            "a\nb:80",
            "a\0b:80",
        ] {
            let error = text.parse::<Address>().expect_err(text).to_string();
            assert!(!error.contains(char::is_control), "{error}");
        }
        assert!(format!("{}:1", "x".repeat(254)).parse::<Address>().is_err());
    }
}
