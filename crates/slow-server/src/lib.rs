#![doc = include_str!("../README.md")]

mod address;
mod ask;
mod server;

pub use address::{Address, NotAnAddress};
pub use ask::{AskError, CONNECT_WITHIN, Fault, LONGEST_LINE, LONGEST_REPLY, reply_of};
pub use server::{Gate, SlowServer};
