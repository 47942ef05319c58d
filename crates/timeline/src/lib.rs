#![doc = include_str!("../README.md")]

mod channel;
mod clock;
mod event;
mod explore;
mod mutex;
mod schedule;
mod stage;
mod story;
pub mod thread;

pub use channel::{Receiver, RecvError, SendError, Sender, channel};
pub use clock::VirtualClock;
pub use event::{Activity, Event, Recording};
pub use explore::{Exploration, Explorer, Failure, Order};
pub use mutex::{Mutex, MutexGuard};
pub use stage::tell;
pub use story::{Panicked, Story};
