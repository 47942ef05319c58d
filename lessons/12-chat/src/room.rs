//! A room: who is in it, and what was said last.

use std::cell::Cell;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use web::{Message, WebSocket};

use crate::name::Names;
use crate::rules::Rules;
use crate::wire::Told;

/// Somebody, in one room, as long as he is there.
pub(crate) type Number = u64;

/// One room. It does no I/O but by [`WebSocket::write_message`], which does not wait, and calls nobody back: so nothing
/// can happen in the middle of a broadcast.
pub(crate) struct Room {
    members: BTreeMap<Number, Seat>,
    names: Names,
    next: Number,
    history: VecDeque<Line>,
    /// Whether a question of this room waits for its answer.
    pub(crate) asking: Rc<Cell<bool>>,
}

struct Seat {
    name: String,
    socket: WebSocket,
}

struct Line {
    who: String,
    time: u64,
    text: String,
}

impl Room {
    pub(crate) fn new() -> Self {
        Self {
            members: BTreeMap::new(),
            names: Names::new(),
            next: 0,
            history: VecDeque::new(),
            asking: Rc::default(),
        }
    }

    pub(crate) fn members(&self) -> usize {
        self.members.len()
    }

    /// Says so to everybody: K5, K6. Whoever is gone, or reads too slowly, is no matter to the others: his own connection
    /// sees to it.
    fn tell_all(&self, told: &Told<'_>) {
        let message = Message::text(told.to_json());
        for seat in self.members.values() {
            let _ = seat.socket.write_message(message.clone());
        }
    }

    /// Lets somebody in, by a name that is sound, or by his address; gives his number here.
    pub(crate) fn enter(
        &mut self,
        name: Result<String, String>,
        socket: &WebSocket,
        time: u64,
    ) -> Result<Number, &'static str> {
        let number = self.next;
        let name = match name {
            Ok(name) if self.names.take(&name) => name,
            Ok(_) => return Err(TAKEN),
            Err(address) => self.names.guest(&address, number),
        };
        self.next += 1;
        let here = self.members.values().map(|seat| &*seat.name);
        let lines = self.history.iter().map(|line| Told::Said {
            who: &line.who,
            time: line.time,
            text: &line.text,
        });
        let welcome = Told::Welcome {
            you: &name,
            here: here.chain([&*name]).collect(),
            history: lines.collect(),
        };
        let _ = socket.write_message(welcome.to_json());
        let seat = Seat {
            name: name.clone(),
            socket: socket.clone(),
        };
        self.members.insert(number, seat);
        self.tell_all(&Told::Entered { who: &name, time });
        Ok(number)
    }

    pub(crate) fn name(&self, number: Number) -> Option<&str> {
        Some(&self.members.get(&number)?.name)
    }

    pub(crate) fn say(&mut self, who: &str, time: u64, text: &str, rules: &Rules) {
        self.tell_all(&Told::Said { who, time, text });
        self.history.push_back(Line {
            who: who.to_owned(),
            time,
            text: text.to_owned(),
        });
        let bytes = |line: &Line| line.who.len() + line.text.len();
        while self.history.len() > rules.history
            || self.history.iter().map(bytes).sum::<usize>() > rules.history_bytes
        {
            self.history.pop_front();
        }
    }

    pub(crate) fn rename(
        &mut self,
        number: Number,
        now: &str,
        time: u64,
    ) -> Result<(), &'static str> {
        let Some(seat) = self.members.get_mut(&number) else {
            return Ok(());
        };
        if seat.name == now {
            return Ok(());
        }
        if !self.names.change(&seat.name, now) {
            return Err(TAKEN);
        }
        let before = std::mem::replace(&mut seat.name, now.to_owned());
        let who = &*before;
        self.tell_all(&Told::Renamed { who, now, time });
        Ok(())
    }

    pub(crate) fn leave(&mut self, number: Number, time: u64) {
        if let Some(seat) = self.members.remove(&number) {
            self.names.give_back(&seat.name);
            let who = &*seat.name;
            self.tell_all(&Told::Left { who, time });
        }
    }
}

const TAKEN: &str = "somebody here has that name, or one that looks like it";
