use futures_io::{AsyncRead, AsyncWrite};

/// What an [`IoStream`](crate::IoStream) reads and writes: a socket of a loop, a pipe, TLS over either, a transport of a
/// test. Whatever has the two traits of the `futures-io` crate is one.
///
/// Its functions must not call those of the stream that it is in: that is a panic ("already borrowed").
pub trait Transport: AsyncRead + AsyncWrite + Unpin + 'static {}

impl<S: AsyncRead + AsyncWrite + Unpin + 'static> Transport for S {}
