//! A WebSocket that says back what it hears: `cargo run -p web --example echo`. Its first line is its address.

use std::future::pending;
use std::io::{self, Write};

use ioloop::block_on;
use web::{Application, Message, Request, Server, WebSocket, WebSocketHandler, WebSocketLimits};

struct Echo;

impl WebSocketHandler for Echo {
    fn limits(&self) -> WebSocketLimits {
        WebSocketLimits {
            message: 64 << 20,
            ..WebSocketLimits::default()
        }
    }

    /// From wherever: it has nothing that a page could steal.
    fn check_origin(&self, _: &Request) -> bool {
        true
    }

    async fn on_message(&mut self, socket: &WebSocket, message: Message) -> web::Result {
        socket.write_message(message)?;
        // Who does not read is not read either.
        Ok(socket.drained().await?)
    }
}

fn main() -> io::Result<()> {
    block_on(async {
        let server = Server::new(Application::new().websocket("/", || Echo));
        let address = server.listen("127.0.0.1:0")?;
        let mut out = io::stdout();
        writeln!(out, "ws://{address}/")?;
        out.flush()?;
        pending().await
    })
}
