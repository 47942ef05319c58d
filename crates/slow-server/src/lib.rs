#![doc = include_str!("../README.md")]

mod address;
mod ask;
mod server;

pub use address::{Address, NotAnAddress};
pub use ask::{AskError, CONNECT_WITHIN, Fault, LONGEST_REPLY};
pub use server::{Gate, SlowServer};
