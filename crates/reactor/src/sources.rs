//! What is waited for: a table of sources, named by slot and generation.

use std::rc::Rc;
use std::task::Waker;

use mio::Token;

use crate::flags::{Direction, Flags};
use crate::readiness::Readiness;

/// The token of the notifier: no source has it, since no slot gets so far.
pub(crate) const NOTIFIER: Token = Token(usize::MAX);

const _: () = assert!(usize::BITS == 64, "a key is packed into a token of 64 bits");

/// Which source of a reactor: its slot, and how many sources had that slot before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) slot: u32,
    pub(crate) generation: u32,
}

impl Key {
    #[inline]
    pub(crate) fn token(self) -> Token {
        Token((self.generation as usize) << 32 | self.slot as usize)
    }

    #[inline]
    pub(crate) fn of(token: Token) -> Self {
        Self {
            slot: token.0 as u32,
            generation: (token.0 >> 32) as u32,
        }
    }
}

pub(crate) type Callback = Rc<dyn Fn(Readiness)>;

/// Who is told.
pub(crate) enum Target {
    /// A source, the task that waits to read it, and the one that waits to write; the newest counts.
    Source(Flags, [Option<Waker>; 2]),
    Callback(Callback),
}

struct Slot {
    generation: u32,
    /// None if the slot is free.
    target: Option<Target>,
}

pub(crate) struct Sources {
    slots: Vec<Slot>,
    free: Vec<u32>,
}

impl Sources {
    pub(crate) fn new() -> Self {
        Self {
            slots: Vec::new(),
            free: Vec::new(),
        }
    }

    pub(crate) fn len(&self) -> usize {
        let used = |slot: &&Slot| slot.target.is_some();
        self.slots.iter().filter(used).count()
    }

    pub(crate) fn insert(&mut self, target: Target) -> Key {
        let slot = self.free.pop().unwrap_or_else(|| {
            let slot = u32::try_from(self.slots.len()).expect("fewer sources than 4,294,967,295");
            self.slots.push(Slot {
                generation: 0,
                target: None,
            });
            slot
        });
        let entry = &mut self.slots[slot as usize];
        entry.target = Some(target);
        Key {
            slot,
            generation: entry.generation,
        }
    }

    /// Frees the slot. What was waiting there comes back, to be dropped outside any borrow.
    pub(crate) fn remove(&mut self, key: Key) -> Option<Target> {
        self.get(key)?;
        let entry = &mut self.slots[key.slot as usize];
        // The last generation is never given out: so its token is never a source's.
        entry.generation += 1;
        if entry.generation < u32::MAX {
            self.free.push(key.slot);
        }
        entry.target.take()
    }

    #[inline]
    fn get(&mut self, key: Key) -> Option<&mut Target> {
        let slot = self.slots.get_mut(key.slot as usize)?;
        let target = slot.target.as_mut();
        target.filter(|_| slot.generation == key.generation)
    }

    pub(crate) fn contains(&mut self, key: Key) -> bool {
        self.get(key).is_some()
    }

    /// Leaves `waker` for the next event. The one before, or `waker` if it is known or has no place, comes back.
    #[inline]
    pub(crate) fn wait(&mut self, key: Key, direction: Direction, waker: Waker) -> Option<Waker> {
        match self.get(key) {
            Some(Target::Source(_, tasks)) => match &mut tasks[direction as usize] {
                Some(known) if known.will_wake(&waker) => Some(waker),
                place => place.replace(waker),
            },
            _ => Some(waker),
        }
    }

    /// An event came.
    #[inline]
    pub(crate) fn ready(&mut self, key: Key, what: Readiness) -> Told {
        match self.get(key) {
            Some(Target::Source(flags, [read, write])) => {
                flags.set(what);
                Told::Tasks([
                    what.is_readable().then(|| read.take()).flatten(),
                    what.is_writable().then(|| write.take()).flatten(),
                ])
            }
            Some(Target::Callback(_)) => Told::Callback,
            None => Told::Nobody,
        }
    }

    pub(crate) fn callback(&mut self, key: Key) -> Option<Callback> {
        match self.get(key)? {
            Target::Callback(callback) => Some(callback.clone()),
            Target::Source(..) => None,
        }
    }
}

/// Who is to be told of an event.
pub(crate) enum Told {
    Nobody,
    Tasks([Option<Waker>; 2]),
    Callback,
}
