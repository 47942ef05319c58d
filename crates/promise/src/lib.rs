#![doc = include_str!("../README.md")]

mod error;
mod future;
mod pair;
mod runner;
mod several;
mod shared;
mod state;
mod sync;
mod task;
mod wait;
mod wait_iterator;

pub use error::Error;
pub use future::Future;
pub use pair::{Promise, pair};
pub use runner::{Runner, run};
pub use several::{Quiet, quiet_exceptions};
pub use shared::Shared;
pub use task::task;
pub use wait::{Sources, Wait, Waitable, Waiting, wait};
pub use wait_iterator::WaitIterator;
