//! Those who serve connections by a task for each.

use std::io;
use std::net::TcpStream;

use ioloop::IoLoop;
use tokio::runtime::{Builder, Runtime};

use crate::cost::{self, Kind, Peer};
use crate::echo::{self, echo};

/// Serves connections, all but one of them on one thread.
pub(crate) trait Server: Sized + 'static {
    const KIND: Kind = Peer;
    const NAME: &'static str;

    /// Takes the connections over, each with a task of its own. An error where it cannot run.
    fn new(streams: Vec<TcpStream>) -> io::Result<Self>;

    /// Echoes until [`echo::over`].
    fn echo(&mut self);
}

/// The event loop of this workspace.
pub(crate) struct Ours(IoLoop);

impl Server for Ours {
    const KIND: Kind = cost::Ours;
    const NAME: &'static str = "ioloop";

    fn new(streams: Vec<TcpStream>) -> io::Result<Self> {
        use futures::io::{AsyncReadExt, AsyncWriteExt};
        let io_loop = IoLoop::new()?;
        for stream in streams {
            let mut stream = io_loop.enter(|| ioloop::TcpStream::from_std(stream))?;
            drop(io_loop.spawn(async move { echo!(stream) }));
        }
        Ok(Self(io_loop))
    }

    fn echo(&mut self) {
        self.0.block_on(echo::over());
    }
}

/// tokio's runtime for one thread.
pub(crate) struct Tokio(Runtime);

impl Server for Tokio {
    const NAME: &'static str = "tokio, current thread";

    fn new(streams: Vec<TcpStream>) -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_io().build()?;
        tokio_tasks(&runtime, streams)?;
        Ok(Self(runtime))
    }

    fn echo(&mut self) {
        self.0.block_on(echo::over());
    }
}

/// tokio's runtime for many threads, with two of them.
pub(crate) struct TokioMany(Runtime);

impl Server for TokioMany {
    const NAME: &'static str = "tokio, multi-thread";

    fn new(streams: Vec<TcpStream>) -> io::Result<Self> {
        let mut builder = Builder::new_multi_thread();
        let runtime = builder.worker_threads(2).enable_io().build()?;
        tokio_tasks(&runtime, streams)?;
        Ok(Self(runtime))
    }

    fn echo(&mut self) {
        self.0.block_on(echo::over());
    }
}

/// The tasks of either runtime of tokio.
fn tokio_tasks(runtime: &Runtime, streams: Vec<TcpStream>) -> io::Result<()> {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    for stream in streams {
        stream.set_nonblocking(true)?;
        let _inside = runtime.enter();
        let mut stream = tokio::net::TcpStream::from_std(stream)?;
        drop(runtime.spawn(async move { echo!(stream) }));
    }
    Ok(())
}

/// What smol is made of, on one thread: async-executor and async-io.
pub(crate) struct Smol(async_executor::LocalExecutor<'static>);

impl Server for Smol {
    const NAME: &'static str = "smol, one thread";

    fn new(streams: Vec<TcpStream>) -> io::Result<Self> {
        use futures::io::{AsyncReadExt, AsyncWriteExt};
        let executor = async_executor::LocalExecutor::new();
        for stream in streams {
            let mut stream = async_io::Async::new(stream)?;
            executor.spawn(async move { echo!(stream) }).detach();
        }
        Ok(Self(executor))
    }

    fn echo(&mut self) {
        async_io::block_on(self.0.run(echo::over()));
    }
}
