use std::io;

use ioloop::{Address, TcpStream};

use crate::stream::IoStream;
use crate::tls::Tls;

impl IoStream<TcpStream> {
    /// A stream that connects: at once, by itself. What is written before goes out when it is connected;
    /// [`opened`](IoStream::opened) waits for that, and says why if it cannot be.
    ///
    /// ```
    /// use ioloop::{TcpListener, block_on};
    /// use iostream::IoStream;
    ///
    /// block_on(async {
    ///     let listener = TcpListener::bind("127.0.0.1:0")?;
    ///     let client = IoStream::connect(listener.local_addr()?);
    ///     let hello = client.write(b"hello\n");
    ///     let server = IoStream::new(listener.accept().await?.0);
    ///     assert_eq!(server.read_until(b"\n", 100).await?, b"hello\n");
    ///     hello.await?;
    /// #   Ok::<(), Box<dyn std::error::Error>>(())
    /// })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Panics
    ///
    /// As [`new`](IoStream::new).
    #[track_caller]
    pub fn connect(address: impl Into<Address>) -> Self {
        Self::opening(TcpStream::connect(address.into()))
    }

    /// Whether small writes are sent at once, and not held back to be sent with others. Nothing happens if the stream is
    /// not open.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn set_nodelay(&self, nodelay: bool) -> io::Result<()> {
        self.with_transport(|tcp| tcp.set_nodelay(nodelay))
            .unwrap_or(Ok(()))
    }
}

impl IoStream<Tls<TcpStream>> {
    /// Whether small writes are sent at once, and not held back to be sent with others. Nothing happens if the stream is
    /// not open.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn set_nodelay(&self, nodelay: bool) -> io::Result<()> {
        self.with_transport(|tls| tls.get_ref().set_nodelay(nodelay))
            .unwrap_or(Ok(()))
    }
}
