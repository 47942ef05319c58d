//! Servers that accept a WebSocket, and say what they are told to.
#![allow(dead_code, reason = "each test uses what it needs")]

use ioloop::spawn;
use tungstenite::handshake::derive_accept_key;
use web::{AsyncHttpClient, ClientOptions};

use crate::wire::{Peer, wire};

/// A client that connects to `server`, whose peer is the client.
pub(crate) fn against<F>(server: F) -> AsyncHttpClient
where
    F: AsyncFn(&mut Peer) + Clone + 'static,
{
    AsyncHttpClient::connecting_by(ClientOptions::default(), move |_| {
        let server = server.clone();
        async move {
            let (near, far) = wire(1 << 20);
            drop(spawn(async move {
                let mut peer = Peer::new(far);
                server(&mut peer).await;
                // Silent, and there.
                peer.rest_of_bytes().await;
            }));
            Ok(near)
        }
    })
}

/// The right answer to a client's request, without the end of the headers.
pub(crate) fn accepts(head: &str) -> String {
    let line = head
        .lines()
        .find_map(|line| line.strip_prefix("sec-websocket-key: "));
    let accept = derive_accept_key(line.expect("no key").as_bytes());
    format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {accept}\r\n"
    )
}

/// A server's frame.
pub(crate) fn plain(first: u8, payload: impl AsRef<[u8]>) -> Vec<u8> {
    let payload = payload.as_ref();
    assert!(payload.len() < 126);
    [&[first, payload.len() as u8], payload].concat()
}

impl Peer {
    pub(crate) async fn rest_of_bytes(&mut self) {
        while self.byte().await.is_some() {}
    }

    /// Answers the handshake, and says `bytes` right behind it.
    pub(crate) async fn accept(&mut self, bytes: impl AsRef<[u8]>) {
        let head = self.until("\r\n\r\n").await;
        let answer = accepts(&head) + "\r\n";
        self.send([answer.as_bytes(), bytes.as_ref()].concat())
            .await;
    }

    /// A frame of the client, short, and its mask.
    pub(crate) async fn masked_frame(&mut self) -> Option<(u8, Vec<u8>, [u8; 4])> {
        let first = self.byte().await?;
        let size = self.byte().await.unwrap();
        assert!(
            (0x80..0x80 + 126).contains(&size),
            "not masked, or not short"
        );
        let mask: [u8; 4] = self.bytes(4).await.try_into().unwrap();
        let mut payload = self.bytes(usize::from(size & 0x7f)).await;
        for (byte, key) in payload.iter_mut().zip(mask.iter().cycle()) {
            *byte ^= key;
        }
        Some((first, payload, mask))
    }

    /// The same without the mask.
    pub(crate) async fn unmasked(&mut self) -> Option<(u8, Vec<u8>)> {
        let (first, payload, _) = self.masked_frame().await?;
        Some((first, payload))
    }
}
