//! The room of lesson 12 on axum, as one writes it there: a broadcast channel for each room, and for each
//! client a task that sends and one that receives.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::extract::ws::{Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::extract::{Query, State};
use axum::response::Response;
use axum::routing::get;
use futures::{SinkExt, StreamExt};
use serde::{Deserialize, Serialize};
use tokio::sync::broadcast::{self, Receiver, Sender};
use tokio::sync::mpsc;

/// Who is so many events behind has lost some, and is dropped.
const QUEUE: usize = 256;
/// What was said last is told to who enters.
const HISTORY: usize = 50;

type Rooms = Arc<Mutex<HashMap<String, Arc<Room>>>>;

struct Room {
    inside: Mutex<Inside>,
    events: Sender<Utf8Bytes>,
}

#[derive(Default)]
struct Inside {
    names: BTreeSet<String>,
    /// So many came without a name.
    guests: u32,
    history: VecDeque<Event>,
}

#[derive(Deserialize)]
struct Asked {
    room: String,
    name: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Wish {
    Say(String),
    Name(String),
}

#[derive(Clone, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Event {
    Welcome {
        you: String,
        here: BTreeSet<String>,
        history: VecDeque<Event>,
    },
    Entered {
        who: String,
        time: u64,
    },
    Said {
        who: String,
        time: u64,
        text: String,
    },
    Renamed {
        who: String,
        now: String,
        time: u64,
    },
    Left {
        who: String,
        time: u64,
    },
    Refused {
        why: &'static str,
    },
}

/// The rooms, at `/ws?room=ROOM&name=NAME`.
pub(crate) fn rooms() -> Router {
    Router::new()
        .route("/ws", get(upgrade))
        .with_state(Rooms::default())
}

async fn upgrade(
    upgrade: WebSocketUpgrade,
    Query(asked): Query<Asked>,
    State(rooms): State<Rooms>,
) -> Response {
    let mut rooms = rooms.lock().unwrap();
    let room = rooms.entry(asked.room).or_insert_with(Room::new).clone();
    upgrade
        // 128 KiB for each who says nothing, if it is not told.
        .read_buffer_size(4096)
        .on_upgrade(move |socket| talk(socket, room, asked.name))
}

async fn talk(socket: WebSocket, room: Arc<Room>, name: Option<String>) {
    let (mut sink, mut stream) = socket.split();
    let name = name.unwrap_or_else(|| room.guest());
    let (welcome, mut events) = match room.enter(&name) {
        Ok(entered) => entered,
        Err(refused) => return drop(sink.send(refused.message()).await),
    };
    let (refuse, mut refusals) = mpsc::channel(1);
    let mut sending = tokio::spawn(async move {
        let mut next = welcome.message();
        while sink.send(next).await.is_ok() {
            next = tokio::select! {
                // An error is one behind too far.
                event = events.recv() => match event {
                    Ok(line) => Message::Text(line),
                    Err(_) => break,
                },
                Some(refused) = refusals.recv() => Event::message(&refused),
            };
        }
    });
    let mut called = name;
    let receiving = async {
        while let Some(Ok(message)) = stream.next().await {
            let Message::Text(text) = message else {
                continue;
            };
            if let Err(refused) = room.hear(&mut called, &text)
                && refuse.send(refused).await.is_err()
            {
                break;
            }
        }
    };
    tokio::select! {
        _ = &mut sending => {}
        () = receiving => sending.abort(),
    }
    room.leave(called);
}

impl Room {
    fn new() -> Arc<Room> {
        Arc::new(Room {
            inside: Mutex::default(),
            events: broadcast::channel(QUEUE).0,
        })
    }

    fn guest(&self) -> String {
        let mut inside = self.inside.lock().unwrap();
        inside.guests += 1;
        format!("guest {}", inside.guests)
    }

    fn enter(&self, name: &str) -> Result<(Event, Receiver<Utf8Bytes>), Event> {
        let mut inside = self.inside.lock().unwrap();
        inside.take_name(name)?;
        let events = self.events.subscribe();
        let who = name.to_owned();
        self.tell(&Event::Entered { who, time: now() });
        let welcome = Event::Welcome {
            you: name.to_owned(),
            here: inside.names.clone(),
            history: inside.history.clone(),
        };
        Ok((welcome, events))
    }

    fn hear(&self, name: &mut String, text: &str) -> Result<(), Event> {
        let wish = serde_json::from_str(text);
        let mut inside = self.inside.lock().unwrap();
        match wish {
            Ok(Wish::Say(text)) => {
                let (who, time) = (name.clone(), now());
                let said = Event::Said { who, time, text };
                self.tell(&said);
                if inside.history.len() == HISTORY {
                    inside.history.pop_front();
                }
                inside.history.push_back(said);
            }
            Ok(Wish::Name(now_called)) => {
                inside.take_name(&now_called)?;
                inside.names.remove(name);
                let who = std::mem::replace(name, now_called.clone());
                let (now, time) = (now_called, now());
                self.tell(&Event::Renamed { who, now, time });
            }
            Err(_) => return Err(Event::Refused { why: "not a wish" }),
        }
        Ok(())
    }

    fn leave(&self, who: String) {
        self.inside.lock().unwrap().names.remove(&who);
        self.tell(&Event::Left { who, time: now() });
    }

    fn tell(&self, event: &Event) {
        // An error is nobody here.
        let _ = self.events.send(event.line());
    }
}

impl Inside {
    fn take_name(&mut self, name: &str) -> Result<(), Event> {
        match self.names.insert(name.to_owned()) {
            true => Ok(()),
            false => Err(Event::Refused {
                why: "the name is taken",
            }),
        }
    }
}

impl Event {
    fn message(&self) -> Message {
        Message::Text(self.line())
    }

    fn line(&self) -> Utf8Bytes {
        let line = serde_json::to_string(self);
        line.expect("strings and numbers are JSON").into()
    }
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_millis() as u64)
}
