#![doc = include_str!("../README.md")]

mod timers;

pub use timers::{Mark, TimerKey, Timers};
