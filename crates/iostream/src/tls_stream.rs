use std::fmt;
use std::future::poll_fn;
use std::io;
use std::sync::Arc;

use rustls::pki_types::{InvalidDnsNameError, ServerName};
use rustls::{ClientConfig, ClientConnection, Connection, ServerConfig, ServerConnection};

use crate::error::Error;
use crate::opened::Opened;
use crate::stream::IoStream;
use crate::tls::Tls;
use crate::transport::Transport;

/// Which side of TLS this one is.
#[derive(Clone)]
pub struct TlsSide(Side);

#[derive(Clone)]
enum Side {
    Client(Arc<ClientConfig>, ServerName<'static>),
    Server(Arc<ServerConfig>),
}

impl TlsSide {
    /// The client's. The peer must have a certificate for `server_hostname`, a name or an IP address, from somebody whom
    /// `config` trusts.
    ///
    /// # Errors
    ///
    /// If that is no name of a host.
    pub fn client(
        config: Arc<ClientConfig>,
        server_hostname: &str,
    ) -> Result<Self, InvalidDnsNameError> {
        let name = ServerName::try_from(server_hostname.to_owned())?;
        Ok(Self(Side::Client(config, name)))
    }

    /// The server's; `config` has its certificate.
    pub fn server(config: Arc<ServerConfig>) -> Self {
        Self(Side::Server(config))
    }

    fn connection(self) -> Result<Connection, rustls::Error> {
        Ok(match self.0 {
            Side::Client(config, name) => ClientConnection::new(config, name)?.into(),
            Side::Server(config) => ServerConnection::new(config)?.into(),
        })
    }

    async fn handshake<S: Transport>(self, transport: S) -> io::Result<Tls<S>> {
        let connection = self.connection().map_err(io::Error::other)?;
        let mut tls = Tls::new(connection, transport);
        poll_fn(|cx| tls.poll_handshake(cx)).await?;
        Ok(tls)
    }
}

impl<S: Transport> IoStream<S> {
    /// Goes on with TLS on the same connection: gives a new stream when the handshake is done. It has the limits and the
    /// close callback of this one, which is closed from now on (and its handles may be dropped).
    ///
    /// Nobody may read, nothing may be left to be written or have been read ahead. So bytes that somebody slipped in
    /// before TLS can never be taken for bytes that came through it.
    ///
    /// The handshake has no time limit of its own. Dropped before its end, the connection is closed.
    ///
    /// # Errors
    ///
    /// [`Error::NotIdle`], also before this stream is open, and it stays as it is; [`Error::Closed`] if it is closed, or
    /// with the error of the handshake, such as a certificate that is not the host's. Then the connection is closed.
    pub async fn start_tls(&self, side: TlsSide) -> Result<IoStream<Tls<S>>, Error> {
        let (transport, limits, callback) = self.shared.with(|state, after| {
            if state.is_closed() {
                return Err(state.closed_error());
            }
            if !state.is_open() || !state.is_idle() {
                return Err(Error::NotIdle);
            }
            let callback = state.close_callback.take();
            state.close(None, after);
            // It is passed on, and not shut down as what is closed is.
            let transport = after.closed.take().ok_or(Error::NotIdle)?;
            Ok((transport, state.limits.clone(), callback))
        })?;
        let stream = IoStream::opening_with(side.handshake(transport), limits);
        if let Some(callback) = callback {
            stream.set_close_callback(callback);
        }
        stream.opened().await?;
        Ok(stream)
    }
}

impl<S: Transport> IoStream<Tls<S>> {
    /// A stream over TLS from its first byte, as Tornado's `SSLIOStream`. The handshake is done by the stream itself;
    /// [`wait_for_handshake`](IoStream::wait_for_handshake) is only needed by who wants to know.
    ///
    /// # Panics
    ///
    /// As [`new`](IoStream::new).
    #[track_caller]
    pub fn tls(transport: S, side: TlsSide) -> Self {
        Self::opening(side.handshake(transport))
    }

    /// Waits until the handshake is done; at once if it is. The same as [`opened`](IoStream::opened).
    ///
    /// # Errors
    ///
    /// As [`opened`](IoStream::opened): the second one who waits at the same time gets an error.
    pub fn wait_for_handshake(&self) -> Opened<Tls<S>> {
        self.opened()
    }
}

impl fmt::Debug for TlsSide {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Side::Client(_, name) => f.debug_tuple("Client").field(name).finish(),
            Side::Server(_) => f.write_str("Server"),
        }
    }
}
