//! Those who wait by io_uring, each on one thread: with `--features peers`.
//!
//! The kernel writes into a buffer while nobody looks: monoio and compio want to own it meanwhile, so theirs is on the heap.

use std::io;
use std::net::TcpStream;

use compio::BufResult;
use compio::driver::{DriverType, ProactorBuilder};
use glommio::{LocalExecutor, LocalExecutorBuilder};
use monoio::{IoUringDriver, RuntimeBuilder};

use crate::contestants::Server;
use crate::echo::{self, BUFFER, echo};

/// monoio, with its wakes from other threads.
pub(crate) struct Monoio(monoio::Runtime<IoUringDriver>);

impl Server for Monoio {
    const NAME: &'static str = "monoio";

    fn new(streams: Vec<TcpStream>) -> io::Result<Self> {
        use monoio::io::{AsyncReadRent, AsyncWriteRentExt};
        let mut runtime = RuntimeBuilder::<IoUringDriver>::new().build()?;
        runtime.block_on(async {
            for stream in streams {
                let mut stream = monoio::net::TcpStream::from_std(stream)?;
                drop(monoio::spawn(async move {
                    let mut buffer = Vec::with_capacity(BUFFER);
                    while let (Ok(length @ 1..), read) = stream.read(buffer).await {
                        let (Ok(_), written) = stream.write_all(read).await else {
                            break;
                        };
                        echo::echoed(length);
                        buffer = written;
                    }
                }));
            }
            io::Result::Ok(())
        })?;
        Ok(Self(runtime))
    }

    fn echo(&mut self) {
        self.0.block_on(echo::over());
    }
}

/// glommio's executor for one thread.
pub(crate) struct Glommio(LocalExecutor);

impl Server for Glommio {
    const NAME: &'static str = "glommio";

    fn new(streams: Vec<TcpStream>) -> io::Result<Self> {
        use futures::io::{AsyncReadExt, AsyncWriteExt};
        let executor = LocalExecutorBuilder::default().make()?;
        executor.run(async {
            for stream in streams {
                let mut stream = glommio::net::TcpStream::from(socket2::Socket::from(stream));
                glommio::spawn_local(async move { echo!(stream) }).detach();
            }
        });
        Ok(Self(executor))
    }

    fn echo(&mut self) {
        self.0.run(echo::over());
    }
}

/// compio, not let to fall back to polling.
pub(crate) struct Compio(compio::runtime::Runtime);

impl Server for Compio {
    const NAME: &'static str = "compio";

    fn new(streams: Vec<TcpStream>) -> io::Result<Self> {
        use compio::io::{AsyncRead, AsyncWriteExt};
        let mut driver = ProactorBuilder::new();
        driver.driver_type(DriverType::IoUring);
        let mut builder = compio::runtime::Runtime::builder();
        let runtime = builder.with_proactor(driver).build()?;
        for stream in streams {
            let mut stream = runtime.enter(|| compio::net::TcpStream::from_std(stream))?;
            let task = runtime.spawn(async move {
                let mut buffer = Vec::with_capacity(BUFFER);
                while let BufResult(Ok(length @ 1..), read) = stream.read(buffer).await {
                    let BufResult(Ok(()), written) = stream.write_all(read).await else {
                        break;
                    };
                    echo::echoed(length);
                    buffer = written;
                }
            });
            task.detach();
        }
        Ok(Self(runtime))
    }

    fn echo(&mut self) {
        self.0.block_on(echo::over());
    }
}
