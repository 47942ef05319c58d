#![doc = include_str!("../README.md")]

mod address;
mod callbacks;
mod coroutine;
mod current;
mod deadline;
mod handle;
#[cfg(unix)]
mod handlers;
mod inner;
mod interval;
mod io_loop;
mod outcome;
mod periodic;
mod record;
#[cfg(unix)]
mod signals;
mod stream;
mod tcp;
mod timeout;
#[cfg(unix)]
mod unix;

pub use address::Address;
pub use coroutine::{convert, moment, run};
pub use deadline::Deadline;
pub use executor::{AbortHandle, JoinError, JoinHandle, YieldNow, spawn, yield_now};
pub use handle::Handle;
pub use interval::{Interval, interval};
pub use io_loop::{IoLoop, NotDone, Timeout, block_on};
pub use outcome::Outcome;
pub use periodic::PeriodicCallback;
pub use reactor::{
    Batch, Elsewhere, Interest, Readiness, Sleep, Source, SourceId, Then, sleep, sleep_until,
};
pub use record::Event;
#[cfg(unix)]
pub use signals::Signals;
pub use tcp::{TcpListener, TcpStream};
pub use timeout::{TimedOut, timeout, with_timeout, with_timeout_quietly};
#[cfg(unix)]
pub use unix::{PipeReader, PipeWriter, UnixListener, UnixStream, pipe};
