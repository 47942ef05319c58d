//! People in a room: clients of the room's server, over wires in memory, on a clock that stands still while anything can
//! happen.
#![allow(dead_code, reason = "each test uses what it needs")]

use std::rc::Rc;

use ioloop::{spawn, yield_now};
use lesson_12_chat::{Rooms, application};
use serde_json::{Value, json};
use web::{
    Application, AsyncHttpClient, ClientOptions, FetchError, HttpRequest, HttpResponse, Server,
    Url, WebSocketConnection,
};

#[path = "../../../../crates/web/tests/wire/mod.rs"]
pub(crate) mod wire;

use wire::{End, LOCAL, run};

/// A server whose clients have wires that take up so many bytes.
pub(crate) struct House {
    pub(crate) server: Server,
    client: AsyncHttpClient,
}

impl House {
    pub(crate) fn of(application: Application) -> Rc<House> {
        House::with_wires(application, 1 << 20)
    }

    pub(crate) fn with_wires(application: Application, room: usize) -> Rc<House> {
        let server = Server::new(application);
        let serving = server.clone();
        let connect = move |_: Url| {
            let (near, far): (End, End) = wire::wire(room);
            drop(spawn(serving.serve(far, LOCAL)));
            async move { Ok(near) }
        };
        let client = AsyncHttpClient::connecting_by(ClientOptions::default(), connect);
        Rc::new(House { server, client })
    }

    pub(crate) async fn person(&self, arguments: &str) -> Person {
        let url = format!("ws://localhost/ws?{arguments}");
        Person(self.client.websocket(url).await.unwrap())
    }

    pub(crate) async fn fetch(&self, request: HttpRequest) -> Result<HttpResponse, FetchError> {
        self.client.fetch(request).await
    }

    /// Opens a room with these, and everybody has heard that all are in.
    pub(crate) async fn people<const N: usize>(&self, names: [&str; N]) -> [Person; N] {
        let mut all = Vec::new();
        for name in names {
            all.push(self.person(&format!("name={name}")).await);
        }
        turns().await;
        let mut all: [Person; N] = all.try_into().ok().unwrap();
        for (nth, person) in all.iter_mut().enumerate() {
            let before = 1 + N - nth; // a welcome, and those who entered since
            for _ in 0..before {
                person.hears().await;
            }
        }
        all
    }
}

/// Somebody in a room.
pub(crate) struct Person(pub(crate) WebSocketConnection);

impl Person {
    pub(crate) fn sends(&self, json: Value) {
        self.0.socket().write_message(json.to_string()).unwrap();
    }

    pub(crate) fn says(&self, text: &str) {
        self.sends(json!({ "say": text }));
    }

    /// What he is told next.
    pub(crate) async fn hears(&mut self) -> Value {
        match self.0.read_message().await {
            Some(message) => serde_json::from_str(message.as_text().unwrap()).unwrap(),
            None => json!(self.0.closed().unwrap().to_string()),
        }
    }

    /// The next line: who, and what he said or did.
    pub(crate) async fn line(&mut self) -> String {
        let told = self.hears().await;
        let who = told["who"].as_str().unwrap_or_default();
        match told["kind"].as_str() {
            Some("said") => format!("{who}: {}", told["text"].as_str().unwrap()),
            Some("refused") => format!("refused: {}", told["why"].as_str().unwrap()),
            Some("renamed") => format!("{who} is {}", told["now"].as_str().unwrap()),
            Some(kind) => format!("{who} {kind}"),
            None => told.as_str().unwrap().to_owned(),
        }
    }

    pub(crate) async fn lines<const N: usize>(&mut self) -> [String; N] {
        let mut lines = [const { String::new() }; N];
        for line in &mut lines {
            *line = self.line().await;
        }
        lines
    }
}

/// Lets all happen that can happen without anybody from outside.
pub(crate) async fn turns() {
    for _ in 0..50 {
        yield_now().await;
    }
}

/// Runs a test in the rooms.
pub(crate) fn in_rooms<T>(rooms: Rooms, test: impl AsyncFnOnce(&House) -> T) -> T {
    run(async || test(&House::of(application(rooms))).await)
}
