use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::fmt;
use std::pin::Pin;
use std::rc::Rc;

use web::WebSocket;

use crate::name;
use crate::room::{Number, Room};
use crate::rules::Rules;

/// So many questions wait for their answers at a time, in all rooms together.
const QUESTIONS: usize = 16;

/// Has an answer, be it that there is none. It should come some time: a room asks one question at a time.
pub type Answer = Pin<Box<dyn Future<Output = String>>>;

/// All rooms of a server. Clones are the same rooms.
#[derive(Clone)]
pub struct Rooms {
    inner: Rc<Inner>,
}

struct Inner {
    rules: Rules,
    rooms: RefCell<HashMap<String, Room>>,
    ask: Option<Box<dyn Fn() -> Answer>>,
    /// How many questions wait for their answers.
    questions: Cell<usize>,
}

/// Where somebody is.
pub(crate) struct Place {
    pub(crate) room: String,
    pub(crate) number: Number,
}

impl Rooms {
    /// No room yet: each comes when somebody enters it, and goes with the last one.
    #[must_use]
    pub fn new(rules: Rules) -> Self {
        Self::made(rules, None)
    }

    /// The same, where `/ask` has an answer: what `ask` gives is told to the room.
    #[must_use]
    pub fn that_ask(rules: Rules, ask: impl Fn() -> Answer + 'static) -> Self {
        Self::made(rules, Some(Box::new(ask)))
    }

    fn made(rules: Rules, ask: Option<Box<dyn Fn() -> Answer>>) -> Self {
        Self {
            inner: Rc::new(Inner {
                rules,
                rooms: RefCell::default(),
                ask,
                questions: Cell::new(0),
            }),
        }
    }

    pub(crate) fn rules(&self) -> &Rules {
        &self.inner.rules
    }

    /// Asks for a room: one question at a time, however many there ask.
    pub(crate) fn ask(&self, room: &str) -> Result<(Question, Answer), &'static str> {
        let ask = self.inner.ask.as_ref().ok_or("there is nobody to ask")?;
        let asking = self.within(room, |room| room.asking.clone());
        let asking = asking.unwrap_or_default();
        let questions = &self.inner.questions;
        if asking.get() || questions.get() == QUESTIONS {
            return Err("another question waits for its answer");
        }
        asking.set(true);
        questions.set(questions.get() + 1);
        let question = Question {
            rooms: self.clone(),
            room: room.to_owned(),
            asking,
        };
        Ok((question, ask()))
    }

    /// How many are in the room of this name.
    #[must_use]
    pub fn members(&self, room: &str) -> usize {
        self.inner.rooms.borrow().get(room).map_or(0, Room::members)
    }

    pub(crate) fn enter(
        &self,
        room: &str,
        name: Result<String, String>,
        socket: &WebSocket,
    ) -> Result<Place, &'static str> {
        if !is_room(room) {
            return Err("a room is called by at most 32 of a-z, 0-9 and -");
        }
        let rules = &self.inner.rules;
        let mut rooms = self.inner.rooms.borrow_mut();
        let full = rooms.len() >= rules.rooms && !rooms.contains_key(room);
        if full {
            return Err("there are too many rooms");
        }
        let there = rooms.entry(room.to_owned()).or_insert_with(Room::new);
        if there.members() >= rules.members {
            return Err("the room is full");
        }
        let entered = there.enter(name, socket, self.time());
        if there.members() == 0 {
            rooms.remove(room);
        }
        let room = room.to_owned();
        entered.map(|number| Place { room, number })
    }

    /// Does `what` in a room, if it is there.
    fn within<T>(&self, room: &str, what: impl FnOnce(&mut Room) -> T) -> Option<T> {
        self.inner.rooms.borrow_mut().get_mut(room).map(what)
    }

    fn time(&self) -> u64 {
        (self.inner.rules.clock)()
    }

    pub(crate) fn name(&self, place: &Place) -> Option<String> {
        self.within(&place.room, |room| {
            room.name(place.number).map(str::to_owned)
        })?
    }

    pub(crate) fn say(&self, room: &str, who: &str, text: &str) {
        self.within(room, |room| room.say(who, self.time(), text, self.rules()));
    }

    pub(crate) fn rename(&self, place: &Place, now: &str) -> Result<(), &'static str> {
        let renamed = self.within(&place.room, |room| {
            room.rename(place.number, now, self.time())
        });
        renamed.unwrap_or(Ok(()))
    }

    pub(crate) fn leave(&self, place: &Place) {
        self.within(&place.room, |room| room.leave(place.number, self.time()));
        let mut rooms = self.inner.rooms.borrow_mut();
        if rooms
            .get(&place.room)
            .is_some_and(|room| room.members() == 0)
        {
            rooms.remove(&place.room);
        }
    }
}

/// A question that waits for its answer. Dropped, it waits no more.
pub(crate) struct Question {
    rooms: Rooms,
    room: String,
    /// The room's, by which one knows it: another may have its name meanwhile.
    asking: Rc<Cell<bool>>,
}

impl Question {
    /// Tells the room, if it is still there.
    pub(crate) fn answered(self, text: &str) {
        let rules = self.rooms.rules();
        let text: String = text.chars().take(rules.text).collect();
        self.rooms.within(&self.room, |room| {
            if Rc::ptr_eq(&room.asking, &self.asking) {
                room.say(name::SERVER, self.rooms.time(), &text, rules);
            }
        });
    }
}

impl Drop for Question {
    fn drop(&mut self) {
        self.asking.set(false);
        let questions = &self.rooms.inner.questions;
        questions.set(questions.get() - 1);
    }
}

impl fmt::Debug for Rooms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rooms")
            .field("rules", &self.inner.rules)
            .finish_non_exhaustive()
    }
}

fn is_room(name: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    (1..=32).contains(&name.len()) && name.bytes().all(allowed)
}
