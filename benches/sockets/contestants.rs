//! Those who serve connections by a task for each.

use std::net::TcpStream;

use ioloop::IoLoop;
use tokio::runtime::{Builder, Runtime};

use crate::cost::{self, Kind, Peer};
use crate::echo::{self, echo};

/// Serves connections on one thread.
pub(crate) trait Server: 'static {
    const KIND: Kind = Peer;
    const NAME: &'static str;

    /// Takes the connections over, each with a task of its own.
    fn new(streams: Vec<TcpStream>) -> Self;

    /// Echoes so many messages.
    fn echo(&mut self, messages: u64);
}

/// The event loop of this workspace.
pub(crate) struct Ours(IoLoop);

impl Server for Ours {
    const KIND: Kind = cost::Ours;
    const NAME: &'static str = "ioloop";

    fn new(streams: Vec<TcpStream>) -> Self {
        use futures::io::{AsyncReadExt, AsyncWriteExt};
        let io_loop = IoLoop::new().unwrap();
        for stream in streams {
            let mut stream = io_loop.enter(|| ioloop::TcpStream::from_std(stream).unwrap());
            drop(io_loop.spawn(async move { echo!(stream) }));
        }
        Self(io_loop)
    }

    fn echo(&mut self, messages: u64) {
        echo::begin(messages);
        self.0.block_on(echo::over());
    }
}

/// tokio's runtime for one thread.
pub(crate) struct Tokio(Runtime);

impl Server for Tokio {
    const NAME: &'static str = "tokio, current thread";

    fn new(streams: Vec<TcpStream>) -> Self {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let runtime = Builder::new_current_thread().enable_io().build().unwrap();
        for stream in streams {
            stream.set_nonblocking(true).unwrap();
            let _inside = runtime.enter();
            let mut stream = tokio::net::TcpStream::from_std(stream).unwrap();
            drop(runtime.spawn(async move { echo!(stream) }));
        }
        Self(runtime)
    }

    fn echo(&mut self, messages: u64) {
        echo::begin(messages);
        self.0.block_on(echo::over());
    }
}

/// What smol is made of, on one thread: async-executor and async-io.
pub(crate) struct Smol(async_executor::LocalExecutor<'static>);

impl Server for Smol {
    const NAME: &'static str = "smol, one thread";

    fn new(streams: Vec<TcpStream>) -> Self {
        use futures::io::{AsyncReadExt, AsyncWriteExt};
        let executor = async_executor::LocalExecutor::new();
        for stream in streams {
            let mut stream = async_io::Async::new(stream).unwrap();
            executor.spawn(async move { echo!(stream) }).detach();
        }
        Self(executor)
    }

    fn echo(&mut self, messages: u64) {
        echo::begin(messages);
        async_io::block_on(self.0.run(echo::over()));
    }
}
