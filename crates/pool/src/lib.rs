#![doc = include_str!("../README.md")]

mod block_on;
mod pool;
mod sync;
mod worker;

pub use pool::{Body, Join, Pool, Refused};
