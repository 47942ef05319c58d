//! async-tungstenite at the other end, over sockets of the system: what both ends call WebSocket is the same.

mod frames;
mod wire;

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use async_tungstenite::tungstenite::Message as Theirs;
use async_tungstenite::tungstenite::protocol::CloseFrame;
use async_tungstenite::tungstenite::protocol::frame::coding::CloseCode as TheirCode;
use async_tungstenite::{WebSocketStream, accept_async, client_async};
use futures::future::join_all;
use futures::{AsyncReadExt, StreamExt};
use ioloop::{TcpListener, TcpStream, block_on, spawn};
use web::{Application, AsyncHttpClient, CloseCode, Limits, Message, Server, WebSocketLimits};

use frames::{Tells, Told, echo};

/// Our server, and where it listens.
fn listening(told: &Told, limits: Limits) -> (Server, SocketAddr) {
    let told = told.clone();
    let application = Application::new()
        .limits(limits)
        .websocket("/", move || Tells {
            told: told.clone(),
            limits: WebSocketLimits::default(),
            does: echo,
        });
    let server = Server::new(application);
    let address = server.listen("127.0.0.1:0").unwrap();
    (server, address)
}

async fn opened(address: SocketAddr) -> WebSocketStream<TcpStream> {
    let stream = TcpStream::connect(address).await.unwrap();
    let url = format!("ws://{address}/");
    let (stream, response) = client_async(url, stream).await.unwrap();
    assert_eq!(response.status(), 101);
    stream
}

/// J1, J5, J7, J10, J11: their client.
#[test]
fn j1_a_client_of_others_is_understood_and_understands() {
    block_on(async {
        let told = Told::default();
        let (server, address) = listening(&told, Limits::default());
        let mut client = opened(address).await;
        let all: Vec<u8> = (0..=255).cycle().take(1 << 20).collect();
        for message in [
            Theirs::text("hello"),
            Theirs::text("käse 🧀".repeat(10_000)),
            Theirs::text(""),
            Theirs::binary(all),
        ] {
            client.send(message.clone()).await.unwrap();
            assert!(client.next().await.unwrap().unwrap() == message);
        }
        client.send(Theirs::Ping("there?".into())).await.unwrap();
        let pong = client.next().await.unwrap().unwrap();
        assert_eq!(pong, Theirs::Pong("there?".into()));

        let goodbye = CloseFrame {
            code: TheirCode::Away,
            reason: "it is late".into(),
        };
        client.close(Some(goodbye.clone())).await.unwrap();
        let confirmed = client.next().await.unwrap().unwrap();
        assert_eq!(confirmed, Theirs::Close(Some(goodbye)));
        assert!(client.next().await.is_none());
        drop(client);
        server.shutdown(Duration::from_secs(10)).await;
        let last = told.lines().pop().unwrap();
        assert_eq!(last, "closed by the peer: 1001 it is late");
    });
}

#[test]
fn j7_a_client_of_others_is_closed_with_a_code_and_a_reason() {
    block_on(async {
        let told = Told::default();
        let (_server, address) = listening(&told, Limits::default());
        let mut client = opened(address).await;
        client.send(Theirs::text("x")).await.unwrap();
        assert_eq!(client.next().await.unwrap().unwrap(), Theirs::text("x"));
        told.socket().close(CloseCode::POLICY, "out");
        let Some(Ok(Theirs::Close(Some(frame)))) = client.next().await else {
            panic!("no close");
        };
        assert_eq!((frame.code, &*frame.reason), (TheirCode::Policy, "out"));
        assert!(client.next().await.is_none());
    });
}

/// Both directions at once, for several clients, and not one message out of order.
#[test]
fn j9_many_clients_of_others_at_once() {
    block_on(async {
        let told = Told::default();
        let (server, address) = listening(&told, Limits::default());
        let clients = (0..10).map(|client: usize| async move {
            let (mut sends, mut receives) = opened(address).await.split();
            let sender = spawn(async move {
                for number in 0..200 {
                    let text = format!("{client} {number} {}", "x".repeat(number * 10));
                    sends.send(Theirs::text(text)).await.unwrap();
                }
                sends
            });
            for number in 0..200 {
                let message = receives.next().await.unwrap().unwrap();
                let text = format!("{client} {number} {}", "x".repeat(number * 10));
                assert_eq!(message, Theirs::text(text));
            }
            let mut sends = sender.await.unwrap();
            sends.close(None).await.unwrap();
            assert_eq!(receives.next().await.unwrap().unwrap(), Theirs::Close(None));
            assert!(receives.next().await.is_none());
        });
        join_all(clients).await;
        server.shutdown(Duration::from_secs(10)).await;
        let lines = told.lines();
        let ended = lines.iter().filter(|line| *line == "closed by the peer");
        assert_eq!(ended.count(), 10);
    });
}

/// J20: their server, and our client.
#[test]
fn j20_a_server_of_others_is_understood_and_understands() {
    block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let server = spawn(async move {
            let stream = listener.accept().await.unwrap().0;
            let mut server = accept_async(stream).await.unwrap();
            let mut end = None;
            while let Some(message) = server.next().await {
                match message.unwrap() {
                    Theirs::Close(frame) => end = frame,
                    message @ (Theirs::Text(_) | Theirs::Binary(_)) => {
                        server.send(message).await.unwrap();
                    }
                    _ => {}
                }
            }
            end
        });
        let url = format!("ws://{address}/");
        let mut connection = AsyncHttpClient::new().websocket(url).await.unwrap();
        let socket = connection.socket().clone();
        socket.ping("there?").unwrap();
        let all: Vec<u8> = (0..=255).cycle().take(1 << 20).collect();
        for message in [Message::text("hello"), "".into(), Message::binary(all)] {
            socket.write_message(message.clone()).unwrap();
            assert!(connection.read_message().await.as_ref() == Some(&message));
        }
        socket.close(CloseCode::new(3333).unwrap(), "enough");
        assert_eq!(connection.read_message().await, None);
        assert_eq!(
            connection.closed().unwrap().to_string(),
            "closed: 3333 enough"
        );
        let end = server.await.unwrap().unwrap();
        assert_eq!((u16::from(end.code), &*end.reason), (3333, "enough"));
        Ok::<_, io::Error>(())
    })
    .unwrap();
}

/// What the server has is what all its connections have, and a WebSocket is one for as long as it is open.
#[test]
fn j4_open_ones_count_among_the_connections() {
    block_on(async {
        let limits = Limits {
            connections: 2,
            ..Limits::default()
        };
        let (server, address) = listening(&Told::default(), limits);
        let mut one = opened(address).await;
        let _other = opened(address).await;
        assert_eq!(server.connections(), 2);
        // It says nothing: what is not read when a socket is closed could cost it the answer.
        let mut third = TcpStream::connect(address).await.unwrap();
        let mut answer = String::new();
        third.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");

        one.close(None).await.unwrap();
        while one.next().await.is_some() {}
        drop(one);
        while server.connections() > 1 {
            ioloop::yield_now().await;
        }
        opened(address).await;
    });
}
