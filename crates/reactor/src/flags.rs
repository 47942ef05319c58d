use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use crate::readiness::Readiness;

/// So many results in a row a source may give in one direction without waiting; then others have their turn.
const IN_A_ROW: u8 = 128;

/// Reading or writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Read,
    Write,
}

impl Direction {
    pub(crate) fn readiness(self) -> Readiness {
        match self {
            Direction::Read => Readiness::READABLE,
            Direction::Write => Readiness::WRITABLE,
        }
    }
}

/// Whether a system call may be tried.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    Try,
    /// Nothing is there: wait to be woken.
    Wait,
    /// It had its share: let others go first, and come again.
    Later,
}

/// What is known of a source: shared by the source, which asks, and by its slot, where the reactor notes what the system
/// says. Both are on one thread, so plain loads and stores will do; they are atomic because a source can be sent.
#[derive(Clone)]
pub(crate) struct Flags(Arc<State>);

struct State {
    ready: AtomicU8,
    /// How many results each direction gave in a row.
    given: [AtomicU8; 2],
}

impl Flags {
    /// It counts as ready until a system call says that it is not.
    pub(crate) fn new() -> Self {
        let ready = Readiness::READABLE | Readiness::WRITABLE;
        Self(Arc::new(State {
            ready: AtomicU8::new(ready.bits()),
            given: Default::default(),
        }))
    }

    #[inline]
    fn ready(&self) -> Readiness {
        Readiness::from_bits(self.0.ready.load(Ordering::Relaxed))
    }

    /// Asks before a system call.
    #[inline]
    pub(crate) fn turn(&self, direction: Direction) -> Turn {
        let given = &self.0.given[direction as usize];
        if !self.ready().intersects(direction.readiness()) {
            given.store(0, Ordering::Relaxed);
            return Turn::Wait;
        }
        let before = given.load(Ordering::Relaxed);
        if before == IN_A_ROW {
            given.store(0, Ordering::Relaxed);
            return Turn::Later;
        }
        given.store(before + 1, Ordering::Relaxed);
        Turn::Try
    }

    /// The system said that it is ready.
    #[inline]
    pub(crate) fn set(&self, what: Readiness) {
        let ready = self.ready() | what;
        self.0.ready.store(ready.bits(), Ordering::Relaxed);
    }

    /// A system call said that there is nothing.
    #[inline]
    pub(crate) fn drained(&self, direction: Direction) {
        let ready = self.ready().without(direction.readiness());
        self.0.ready.store(ready.bits(), Ordering::Relaxed);
    }

    /// A system call gave less than was asked for, which says the same, unless an end was announced: that would be found
    /// only by another call, and no event would come for it.
    #[inline]
    pub(crate) fn short(&self, direction: Direction) {
        if !self.ready().is_ended() {
            self.drained(direction);
        }
    }
}
