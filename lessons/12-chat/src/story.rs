//! A, B and C in the room, each with a connection.

use std::future::poll_fn;
use std::pin::pin;
use std::time::Duration;

use ioloop::{IoLoop, spawn};
use lesson_08_event_loop::long_io;
use serde_json::Value;
use slow_server::Address;
use timeline::{holds, serves, tell};
use web::{
    Application, AsyncHttpClient, Closed, Message, Request, Server, WebSocket, WebSocketConnection,
    WebSocketHandler, WebSocketLimits,
};

use crate::rooms::Answer;
use crate::{Member, Rooms, Rules};

/// Whatever may go wrong.
pub type Failure = Box<dyn std::error::Error>;

const ASK: &str = r#"{"say":"/ask"}"#;

/// A member, and the story of what he says.
struct Narrated(Member);

impl WebSocketHandler for Narrated {
    fn limits(&self) -> WebSocketLimits {
        self.0.limits()
    }

    async fn open(&mut self, socket: &WebSocket, request: Request) -> web::Result {
        self.0.open(socket, request).await
    }

    async fn on_message(&mut self, socket: &WebSocket, message: Message) -> web::Result {
        let name = self.0.name().unwrap_or_default();
        let asks = message.as_text() == Some(ASK);
        serves(&name);
        tell(format!("{name} begins"));
        self.0.on_message(socket, message).await?;
        // What A asks for goes on, and ends with the reply.
        if !asks {
            tell(format!("{name} ends"));
        }
        Ok(())
    }

    fn on_close(&mut self, closed: &Closed) {
        self.0.on_close(closed);
    }
}

/// A's I/O, and how it is waited for.
async fn asked<E: ToString>(io: impl Future<Output = Result<String, E>>) -> String {
    let bytes = size_of_val(&io);
    let mut io = pin!(io);
    let mut suspended = false;
    let reply = poll_fn(|cx| {
        serves("A");
        let polled = io.as_mut().poll(cx);
        if polled.is_pending() && !std::mem::replace(&mut suspended, true) {
            tell("A suspended");
            holds(bytes);
        }
        polled
    })
    .await;
    match reply {
        Ok(reply) => {
            tell(format!("A resumed with {reply:?}"));
            tell("A ends");
            reply
        }
        Err(error) => {
            let why = error.to_string();
            tell(format!("A fails: {why}"));
            why
        }
    }
}

/// The rooms of the story: what `/ask` waits for is `io`.
pub fn story<F, E>(io: impl Fn() -> F + 'static) -> Application
where
    F: Future<Output = Result<String, E>> + 'static,
    E: ToString + 'static,
{
    let ask = move || -> Answer { Box::pin(asked(io())) };
    let rooms = Rooms::that_ask(Rules::default(), ask);
    Application::new().websocket("/ws", move || Narrated(Member::new(rooms.clone())))
}

/// A, B and C enter the room at `url`, and talk: A asks, B talks when it hears A, and C when it hears B. It is over when A
/// has its answer, and has heard C.
///
/// # Errors
///
/// A connection's, or a server that does not do what was asked.
pub async fn talk(client: &AsyncHttpClient, url: &str) -> Result<(), Failure> {
    let enter = async |name: &str| client.websocket(format!("{url}/ws?name={name}")).await;
    let mut a = enter("A").await?;
    let mut b = enter("B").await?;
    let mut c = enter("C").await?;
    // All are in.
    until(&mut a, |event| event["who"] == "C").await?;
    let b = spawn(async move {
        until(&mut b, |event| says(event, "A")).await?;
        b.socket().write_message(r#"{"say":"hello, A"}"#)?;
        rest(&mut b).await;
        Ok::<_, Failure>(())
    });
    let c = spawn(async move {
        until(&mut c, |event| says(event, "B")).await?;
        c.socket().write_message(r#"{"say":"hello, B"}"#)?;
        rest(&mut c).await;
        Ok::<_, Failure>(())
    });
    a.socket().write_message(ASK)?;
    let (mut answered, mut greeted) = (false, false);
    until(&mut a, |event| {
        answered |= says(event, "server") || event["kind"] == "refused";
        greeted |= says(event, "C");
        answered && greeted
    })
    .await?;
    for other in [b, c] {
        other.abort();
        if let Ok(done) = other.await {
            done?;
        }
    }
    Ok(())
}

fn says(event: &Value, who: &str) -> bool {
    event["kind"] == "said" && event["who"] == who
}

/// Reads until `enough`.
async fn until(
    connection: &mut WebSocketConnection,
    mut enough: impl FnMut(&Value) -> bool,
) -> Result<(), Failure> {
    while let Some(message) = connection.read_message().await {
        if enough(&serde_json::from_str(
            message.as_text().unwrap_or_default(),
        )?) {
            return Ok(());
        }
    }
    Err("the room has closed the connection".into())
}

async fn rest(connection: &mut WebSocketConnection) {
    while connection.read_message().await.is_some() {}
}

/// Opens a room, and has A, B and C talk in it: all on the loop of this thread.
///
/// # Panics
///
/// If a loop runs on this thread already.
pub fn serve(server: Address) {
    let talked = IoLoop::current().block_on(async {
        let site = Server::new(story(move || long_io(server.clone())));
        let address = site.listen("127.0.0.1:0")?;
        let talked = talk(&AsyncHttpClient::new(), &format!("ws://{address}")).await;
        site.shutdown(Duration::from_secs(1)).await;
        talked
    });
    if let Err(error) = talked {
        tell(format!("A fails: {error}"));
    }
}
