//! async-tungstenite: WebSockets over the traits of `futures-io`.

use async_tungstenite::tungstenite::protocol::CloseFrame;
use async_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use async_tungstenite::tungstenite::{Bytes, Error, Message};
use async_tungstenite::{WebSocketStream, accept_async, client_async};
use futures::StreamExt;
use futures::future::join;
use ioloop::{JoinHandle, TcpStream, block_on, spawn};

use crate::connected::connected;
use crate::http::pattern;

/// Both ends after the handshake. The far one sends back what it gets, and gives how it ended.
async fn echo() -> (WebSocketStream<TcpStream>, JoinHandle<Option<CloseFrame>>) {
    let (near, far) = connected().await;
    let (near, far) = join(client_async("ws://localhost/chat", near), accept_async(far)).await;
    let (near, response) = near.unwrap();
    assert_eq!(response.status(), 101);
    let mut far = far.unwrap();
    let server = spawn(async move {
        let mut end = None;
        while let Some(message) = far.next().await {
            match message.unwrap() {
                Message::Close(frame) => end = frame,
                message @ (Message::Text(_) | Message::Binary(_)) => {
                    far.send(message).await.unwrap();
                }
                _ => {}
            }
        }
        end
    });
    (near, server)
}

/// What is said in turn: a text, 10 MB, a ping; and the close, which both ends confirm.
#[test]
fn messages_come_back_and_the_close_is_confirmed() {
    block_on(async {
        let (mut near, server) = echo().await;
        near.send(Message::text("hello")).await.unwrap();
        assert_eq!(near.next().await.unwrap().unwrap(), Message::text("hello"));

        let much = Bytes::from(pattern(10_000_000));
        near.send(Message::Binary(much.clone())).await.unwrap();
        let back = near.next().await.unwrap().unwrap().into_data();
        assert!(back == much, "{} bytes came back, or others", back.len());

        // The library answers it at the other end.
        near.send(Message::Ping("are you there?".into()))
            .await
            .unwrap();
        let pong = near.next().await.unwrap().unwrap();
        assert_eq!(pong, Message::Pong("are you there?".into()));

        let goodbye = CloseFrame {
            code: CloseCode::Away,
            reason: "it is late".into(),
        };
        near.close(Some(goodbye.clone())).await.unwrap();
        let confirmed = near.next().await.unwrap().unwrap();
        assert_eq!(confirmed, Message::Close(Some(goodbye.clone())));
        assert!(near.next().await.is_none());
        assert_eq!(server.await.unwrap(), Some(goodbye));
    });
}

/// One task writes while another one reads, by the two halves of one WebSocket.
#[test]
fn both_directions_at_once() {
    block_on(async {
        let (near, server) = echo().await;
        let (mut sends, mut receives) = near.split();
        let sender = spawn(async move {
            for nth in 0..1000 {
                sends.send(Message::text(nth.to_string())).await.unwrap();
            }
            sends
        });
        for nth in 0..1000 {
            let message = receives.next().await.unwrap().unwrap();
            assert_eq!(message, Message::text(nth.to_string()));
        }
        let mut sends = sender.await.unwrap();
        sends.close(None).await.unwrap();
        assert_eq!(
            receives.next().await.unwrap().unwrap(),
            Message::Close(None)
        );
        assert!(receives.next().await.is_none());
        assert_eq!(server.await.unwrap(), None);
    });
}

/// A peer that is gone without a close is an error, not an end.
#[test]
fn a_connection_that_breaks_off_is_an_error() {
    block_on(async {
        let (near, far) = connected().await;
        let (near, far) = join(client_async("ws://localhost/", near), accept_async(far)).await;
        let mut near = near.unwrap().0;
        drop(far.unwrap());
        let error = near.next().await.unwrap().unwrap_err();
        assert!(matches!(error, Error::Protocol(_)), "{error:?}");
    });
}
