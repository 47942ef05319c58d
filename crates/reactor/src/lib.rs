#![doc = include_str!("../README.md")]

mod timers;

pub use timers::{TimerKey, Timers};
