//! Those who wait by io_uring, each on one thread: with `--features peers`.
//!
//! The kernel writes into a buffer while nobody looks: monoio and compio want to own it meanwhile, so theirs is on the heap.

use std::io;
use std::net::TcpStream;

use compio::BufResult;
use compio::runtime::Runtime;
use glommio::LocalExecutor;
use monoio::IoUringDriver;

use crate::contestants::Server;
use crate::cost::uring;
use crate::echo::{self, BUFFER, echo};

pub(crate) struct Monoio(monoio::Runtime<IoUringDriver>);

impl Server for Monoio {
    const NAME: &'static str = "monoio";

    fn new(streams: Vec<TcpStream>) -> io::Result<Self> {
        use monoio::io::{AsyncReadRent, AsyncWriteRentExt};
        let mut runtime = uring::monoio().build().map_err(uring::refused)?;
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

pub(crate) struct Glommio(LocalExecutor);

impl Server for Glommio {
    const NAME: &'static str = "glommio";

    fn new(streams: Vec<TcpStream>) -> io::Result<Self> {
        use futures::io::{AsyncReadExt, AsyncWriteExt};
        let executor = uring::glommio()?;
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

pub(crate) struct Compio(Runtime);

impl Server for Compio {
    const NAME: &'static str = "compio";

    fn new(streams: Vec<TcpStream>) -> io::Result<Self> {
        use compio::io::{AsyncRead, AsyncWriteExt};
        let runtime = uring::compio()?;
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
