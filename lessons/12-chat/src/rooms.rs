use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt;
use std::pin::Pin;
use std::rc::Rc;

use web::WebSocket;

use crate::room::{Number, Room};
use crate::rules::Rules;

/// Has an answer, or the reason why there is none.
pub type Answer = Pin<Box<dyn Future<Output = Result<String, String>>>>;

/// All rooms of a server. Clones are the same rooms.
#[derive(Clone)]
pub struct Rooms {
    inner: Rc<Inner>,
}

struct Inner {
    rules: Rules,
    rooms: RefCell<HashMap<String, Room>>,
    ask: Option<Box<dyn Fn() -> Answer>>,
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
        let rooms = RefCell::default();
        Self {
            inner: Rc::new(Inner { rules, rooms, ask }),
        }
    }

    pub(crate) fn rules(&self) -> &Rules {
        &self.inner.rules
    }

    pub(crate) fn ask(&self) -> Option<Answer> {
        self.inner.ask.as_ref().map(|ask| ask())
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
        let entered = there.enter(name, socket, (self.inner.rules.clock)());
        if there.members() == 0 {
            rooms.remove(room);
        }
        let room = room.to_owned();
        entered.map(|number| Place { room, number })
    }

    /// Does `what` in a room, if it is there.
    fn within<T>(&self, room: &str, what: impl FnOnce(&mut Room, u64) -> T) -> Option<T> {
        let time = (self.inner.rules.clock)();
        let mut rooms = self.inner.rooms.borrow_mut();
        rooms.get_mut(room).map(|room| what(room, time))
    }

    pub(crate) fn name(&self, place: &Place) -> Option<String> {
        self.within(&place.room, |room, _| {
            room.name(place.number).map(str::to_owned)
        })?
    }

    pub(crate) fn say(&self, room: &str, who: &str, text: &str) {
        self.within(room, |room, time| room.say(who, time, text, self.rules()));
    }

    pub(crate) fn rename(&self, place: &Place, now: &str) -> Result<(), &'static str> {
        let renamed = self.within(&place.room, |room, time| {
            room.rename(place.number, now, time)
        });
        renamed.unwrap_or(Ok(()))
    }

    pub(crate) fn leave(&self, place: &Place) {
        self.within(&place.room, |room, time| room.leave(place.number, time));
        let mut rooms = self.inner.rooms.borrow_mut();
        if rooms
            .get(&place.room)
            .is_some_and(|room| room.members() == 0)
        {
            rooms.remove(&place.room);
        }
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
