//! What is waited for: a table of sources, named by slot and generation.

use std::rc::Rc;
use std::task::Waker;

use mio::Token;

use crate::readiness::Readiness;

/// The token of the notifier: no source has it, since no slot gets so far.
pub(crate) const NOTIFIER: Token = Token(usize::MAX);

/// So many results in one turn a source may give in one direction; then others have their turn.
const PER_TURN: u8 = 128;

const _: () = assert!(usize::BITS == 64, "a key is packed into a token of 64 bits");

/// Which source of a reactor: its slot, and how many sources had that slot before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) slot: u32,
    pub(crate) generation: u32,
}

impl Key {
    pub(crate) fn token(self) -> Token {
        Token((self.generation as usize) << 32 | self.slot as usize)
    }

    pub(crate) fn of(token: Token) -> Self {
        Self {
            slot: token.0 as u32,
            generation: (token.0 >> 32) as u32,
        }
    }
}

/// Reading or writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Read,
    Write,
}

impl Direction {
    fn readiness(self) -> Readiness {
        match self {
            Direction::Read => Readiness::READABLE,
            Direction::Write => Readiness::WRITABLE,
        }
    }
}

pub(crate) type Callback = Rc<dyn Fn(Readiness)>;

/// Who is told.
pub(crate) enum Target {
    /// The task that waits to read, and the one that waits to write; the newest counts.
    Tasks([Option<Waker>; 2]),
    Callback(Callback),
}

struct Slot {
    generation: u32,
    ready: Readiness,
    /// How many results each direction gave in this turn.
    given: [u8; 2],
    turn: u32,
    /// None if the slot is free.
    target: Option<Target>,
}

pub(crate) struct Sources {
    slots: Vec<Slot>,
    free: Vec<u32>,
}

/// Whether a system call may be tried.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    Try,
    /// Nothing is there: wait to be woken.
    Wait,
    /// It had its share: let others go first, and come again.
    Later,
    /// There is no such source.
    Gone,
}

impl Sources {
    pub(crate) fn new() -> Self {
        Self {
            slots: Vec::new(),
            free: Vec::new(),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// Takes in a source. It counts as ready until a system call says that it is not.
    pub(crate) fn insert(&mut self, target: Target) -> Key {
        let slot = self.free.pop().unwrap_or_else(|| {
            let slot = u32::try_from(self.slots.len()).expect("fewer sources than 4,294,967,295");
            self.slots.push(Slot {
                generation: 0,
                ready: Readiness::NONE,
                given: [0; 2],
                turn: 0,
                target: None,
            });
            slot
        });
        let entry = &mut self.slots[slot as usize];
        entry.ready = Readiness::READABLE | Readiness::WRITABLE;
        entry.target = Some(target);
        Key {
            slot,
            generation: entry.generation,
        }
    }

    /// Frees the slot. What was waiting there comes back, to be dropped outside any borrow.
    pub(crate) fn remove(&mut self, key: Key) -> Option<Target> {
        let target = self.get(key)?.target.take();
        let entry = &mut self.slots[key.slot as usize];
        // The last generation is never given out: so its token is never a source's.
        entry.generation += 1;
        if entry.generation < u32::MAX {
            self.free.push(key.slot);
        }
        target
    }

    fn get(&mut self, key: Key) -> Option<&mut Slot> {
        let slot = self.slots.get_mut(key.slot as usize)?;
        (slot.generation == key.generation && slot.target.is_some()).then_some(slot)
    }

    pub(crate) fn contains(&mut self, key: Key) -> bool {
        self.get(key).is_some()
    }

    /// Asks before a system call.
    pub(crate) fn turn(&mut self, key: Key, direction: Direction, turn: u32) -> Turn {
        let Some(slot) = self.get(key) else {
            return Turn::Gone;
        };
        if !slot.ready.intersects(direction.readiness()) {
            return Turn::Wait;
        }
        if slot.turn != turn {
            slot.turn = turn;
            slot.given = [0; 2];
        }
        let given = &mut slot.given[direction as usize];
        if *given == PER_TURN {
            return Turn::Later;
        }
        *given += 1;
        Turn::Try
    }

    /// A system call said that there is nothing; or, `unless_ended`, gave less than was asked for, which says the same
    /// unless an end was announced: that would be found only by another call, and no event would come for it.
    pub(crate) fn drained(&mut self, key: Key, direction: Direction, unless_ended: bool) {
        if let Some(slot) = self.get(key)
            && !(unless_ended && slot.ready.is_ended())
        {
            slot.ready = slot.ready.without(direction.readiness());
        }
    }

    /// Leaves `waker` for the next event, if it is there to be left. A waker that would have to be cloned is not, since
    /// that is code of others: then it has to come as `cloned`. What it displaces comes back, too.
    pub(crate) fn wait(
        &mut self,
        key: Key,
        direction: Direction,
        waker: &Waker,
        cloned: Option<Waker>,
    ) -> Left {
        let Some(Target::Tasks(tasks)) = self.get(key).and_then(|slot| slot.target.as_mut()) else {
            return Left::Gone;
        };
        let place = &mut tasks[direction as usize];
        match cloned {
            Some(waker) => Left::Done(place.replace(waker)),
            None if place.as_ref().is_some_and(|old| old.will_wake(waker)) => Left::Done(None),
            None => Left::Clone,
        }
    }

    /// An event came.
    pub(crate) fn ready(&mut self, key: Key, what: Readiness) -> Told {
        let Some(slot) = self.get(key) else {
            return Told::Nobody;
        };
        slot.ready = slot.ready | what;
        let ready = slot.ready;
        match &mut slot.target {
            Some(Target::Tasks(tasks)) => {
                let take = |direction: Direction, task: &mut Option<Waker>| {
                    ready
                        .intersects(direction.readiness())
                        .then(|| task.take())
                        .flatten()
                };
                let [read, write] = tasks;
                Told::Tasks([take(Direction::Read, read), take(Direction::Write, write)])
            }
            Some(Target::Callback(_)) => Told::Callback,
            None => Told::Nobody,
        }
    }

    pub(crate) fn callback(&mut self, key: Key) -> Option<Callback> {
        match self.get(key)?.target.as_ref()? {
            Target::Callback(callback) => Some(callback.clone()),
            Target::Tasks(_) => None,
        }
    }
}

/// What came of leaving a waker.
pub(crate) enum Left {
    Done(Option<Waker>),
    Clone,
    Gone,
}

/// Who is to be told of an event.
pub(crate) enum Told {
    Nobody,
    Tasks([Option<Waker>; 2]),
    Callback,
}
