#![doc = include_str!("../README.md")]

mod channel;
mod chart;
mod clock;
mod event;
mod explore;
mod line;
mod mutex;
mod ruler;
mod scale;
mod schedule;
mod spans;
mod stage;
mod story;
mod style;
mod svg;
pub mod thread;
mod trace;

pub use channel::{Receiver, RecvError, SendError, Sender, channel};
pub use chart::chart;
pub use clock::VirtualClock;
pub use event::{Activity, Event, Recording};
pub use explore::{Exploration, Explorer, Failure, Order};
pub use line::{line, parse_line};
pub use mutex::{Mutex, MutexGuard};
pub use stage::{holds, request, serves, tell};
pub use story::{Panicked, Story};
pub use style::Style;
pub use svg::svg;
pub use trace::trace_json;
