#![doc = include_str!("../README.md")]

mod bell;
mod clock;
mod core;
mod current;
mod elsewhere;
mod flags;
mod notifier;
mod poll;
mod reactor;
mod readiness;
mod record;
mod sleep;
mod source;
mod sources;
mod steer;
mod timers;
mod until;

pub use elsewhere::Elsewhere;
pub use mio;
pub use mio::Interest;
pub use notifier::Notifier;
pub use reactor::Reactor;
pub use readiness::Readiness;
pub use record::{Event, SourceId};
pub use sleep::{Sleep, now, sleep, sleep_until};
pub use source::Source;
pub use steer::{Batch, Then};
pub use timers::{Mark, TimerKey, Timers};
