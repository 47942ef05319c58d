use ioloop::spawn;
use web::{CloseCode, Closed, Message, Request, WebSocket, WebSocketHandler, WebSocketLimits};

use crate::name;
use crate::rooms::{Place, Rooms};
use crate::rules::Bucket;
use crate::wire::{Asked, Told};

/// Somebody in a room: the handler of his connection.
pub struct Member {
    rooms: Rooms,
    place: Option<Place>,
    bucket: Bucket,
}

impl Member {
    /// He enters when the connection is open: the room and the name are the arguments `room` and `name` of its address.
    #[must_use]
    pub fn new(rooms: Rooms) -> Self {
        let bucket = Bucket::new(rooms.rules().pace, reactor::now());
        Self {
            rooms,
            place: None,
            bucket,
        }
    }

    /// What he is called, while he is in.
    #[must_use]
    pub fn name(&self) -> Option<String> {
        self.rooms.name(self.place.as_ref()?)
    }

    /// What he asked for cannot be.
    fn refuse(&self, socket: &WebSocket, why: &str) -> web::Result {
        Ok(socket.write_message(Told::Refused { why }.to_json())?)
    }

    fn says(&self, socket: &WebSocket, text: &str) -> web::Result {
        let (Some(place), Some(who)) = (&self.place, self.name()) else {
            return Ok(());
        };
        let text = text.trim();
        if text.is_empty() {
            return self.refuse(socket, "there is nothing in it");
        }
        if text.chars().count() > self.rooms.rules().text {
            return self.refuse(socket, "it is too long");
        }
        self.rooms.say(&place.room, &who, text);
        if text == "/ask" {
            self.ask(socket, place)?;
        }
        Ok(())
    }

    /// Has the slow server asked, and the room told what it says. A task of its own waits for that: this method is over, and
    /// the next message of this member can be read.
    fn ask(&self, socket: &WebSocket, place: &Place) -> web::Result {
        let (question, answer) = match self.rooms.ask(&place.room) {
            Ok(asked) => asked,
            Err(why) => return self.refuse(socket, why),
        };
        drop(spawn(async move {
            question.answered(&answer.await);
        }));
        Ok(())
    }
}

impl WebSocketHandler for Member {
    fn limits(&self) -> WebSocketLimits {
        self.rooms.rules().socket.clone()
    }

    async fn open(&mut self, socket: &WebSocket, request: Request) -> web::Result {
        let room = request.argument_or("room", "lobby")?;
        let wanted = request.argument_or("name", "")?;
        let address = request.remote_ip().map(|address| address.to_string());
        let name = match wanted.is_empty() {
            true => Ok(Err(address.unwrap_or("somebody".to_owned()))),
            false => name::checked(&wanted).map(Ok),
        };
        match name.and_then(|name| self.rooms.enter(&room, name, socket)) {
            Ok(place) => self.place = Some(place),
            Err(why) => {
                self.refuse(socket, why)?;
                socket.close(CloseCode::POLICY, why);
            }
        }
        Ok(())
    }

    async fn on_message(&mut self, socket: &WebSocket, message: Message) -> web::Result {
        let Message::Text(text) = message else {
            socket.close(CloseCode::UNSUPPORTED, "text only");
            return Ok(());
        };
        if !self.bucket.take(reactor::now()) {
            socket.close(CloseCode::POLICY, "too fast");
            return Ok(());
        }
        match serde_json::from_str(&text) {
            Ok(Asked::Say(text)) => self.says(socket, &text),
            Ok(Asked::Name(wanted)) => {
                let name = name::checked(&wanted);
                let renamed = name.and_then(|name| match &self.place {
                    Some(place) => self.rooms.rename(place, &name),
                    None => Ok(()),
                });
                match renamed {
                    Ok(()) => Ok(()),
                    Err(why) => self.refuse(socket, why),
                }
            }
            Err(_) => self.refuse(socket, "that is nothing that can be asked for"),
        }
    }

    fn on_close(&mut self, _: &Closed) {
        if let Some(place) = self.place.take() {
            self.rooms.leave(&place);
        }
    }
}
