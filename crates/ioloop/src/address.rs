use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::LazyLock;

use pool::Pool;

/// Whom to connect to: an address, or a name and a port.
///
/// Made from a [`SocketAddr`], from an IP address and a port, from a name and a port, or from a text such as
/// `"localhost:8000"`.
///
/// ```
/// use ioloop::Address;
///
/// let known = Address::from("127.0.0.1:80");
/// assert!(matches!(known, Address::Known(address) if address.port() == 80));
/// assert_eq!(Address::from("localhost:80"), Address::Named("localhost:80".to_owned()));
/// assert_eq!(Address::from(("localhost", 80)), Address::from("localhost:80"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// Nothing is to be looked up.
    Known(SocketAddr),
    /// A name, a colon, a port.
    Named(String),
}

impl From<SocketAddr> for Address {
    fn from(address: SocketAddr) -> Self {
        Address::Known(address)
    }
}

impl From<(IpAddr, u16)> for Address {
    fn from(address: (IpAddr, u16)) -> Self {
        Address::Known(address.into())
    }
}

impl From<(&str, u16)> for Address {
    fn from((host, port): (&str, u16)) -> Self {
        match host.parse::<IpAddr>() {
            Ok(ip) => Address::Known((ip, port).into()),
            Err(_) => Address::Named(format!("{host}:{port}")),
        }
    }
}

impl From<&str> for Address {
    fn from(text: &str) -> Self {
        match text.parse() {
            Ok(address) => Address::Known(address),
            Err(_) => Address::Named(text.to_owned()),
        }
    }
}

impl From<String> for Address {
    fn from(text: String) -> Self {
        match text.parse() {
            Ok(address) => Address::Known(address),
            Err(_) => Address::Named(text),
        }
    }
}

/// The threads that look up names: the system's way to do that blocks.
static LOOKUPS: LazyLock<Pool> = LazyLock::new(|| Pool::new(4).named("lookup"));

impl Address {
    /// All addresses that it stands for; at least one.
    ///
    /// A name is looked up on a thread of a pool, of which there are at most four, for the whole program.
    ///
    /// # Errors
    ///
    /// What the look-up says; `NotFound` if it finds nothing.
    pub async fn resolve(self) -> io::Result<Vec<SocketAddr>> {
        let name = match self {
            Address::Known(address) => return Ok(vec![address]),
            Address::Named(name) => name,
        };
        let found = LOOKUPS.submit(move || {
            let found: Vec<SocketAddr> = name.to_socket_addrs()?.collect();
            match found.is_empty() {
                true => Err(io::ErrorKind::NotFound.into()),
                false => Ok(found),
            }
        });
        found
            .await
            .map_err(|error| io::Error::other(error.to_string()))?
    }
}
