#![doc = include_str!("../README.md")]

mod channel;
mod core;
mod current;
mod executor;
mod inbox;
mod join;
mod join_all;
mod oneshot;
mod panics;
mod planted;
mod pool;
mod record;
mod registry;
mod slots;
mod sync;
mod task;
mod ticket;
mod yield_now;

pub use channel::{Receiver, SendError, Sender, Sending, TrySendError, channel};
pub use executor::{Executor, block_on, spawn};
pub use join::{AbortHandle, JoinError, JoinHandle};
pub use join_all::{JoinAll, join_all};
pub use oneshot::{Closed, OneReceiver, OneSender, oneshot};
#[cfg(loom)]
#[doc(hidden)]
pub use planted::{Mistake, plant};
pub use record::{Event, TaskId};
pub use yield_now::{YieldNow, yield_now};
