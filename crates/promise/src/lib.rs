#![doc = include_str!("../README.md")]

mod error;
mod future;
mod pair;
mod shared;
mod state;
mod sync;

pub use error::Error;
pub use future::Future;
pub use pair::{Promise, pair};
pub use shared::Shared;
