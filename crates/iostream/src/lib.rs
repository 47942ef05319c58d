#![doc = include_str!("../README.md")]

mod buffer;
mod driver;
mod error;
mod opened;
mod pattern;
mod read;
mod search;
mod shared;
mod state;
mod stream;
mod streaming;
mod tcp;
mod tls;
mod tls_stream;
mod transport;
mod two_way;
mod write;

pub use error::{Cause, Error};
pub use opened::Opened;
pub use pattern::{Pattern, PatternError};
pub use read::Reading;
pub use stream::IoStream;
pub use streaming::Streaming;
pub use tls::Tls;
pub use tls_stream::TlsSide;
pub use transport::Transport;
pub use two_way::{Nothing, TwoWay};
pub use write::Writing;

/// The TLS of [`IoStream::start_tls`]: its configurations are made with this version of the crate.
pub use rustls;
