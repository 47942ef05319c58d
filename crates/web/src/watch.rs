//! How long a connection may take for what it does.

use std::cell::Cell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use ioloop::{Sleep, sleep_until};

use crate::limits::Limits;

/// What a connection is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Between two requests.
    Idle,
    /// Reads the headers of one.
    Head,
    /// A handler has it.
    Handling,
    /// A handler waits for more of the body.
    Body,
}

/// What the parts of one connection tell of themselves, for its [`Watchdog`].
pub(crate) struct Watch {
    limits: Rc<Limits>,
    phase: Cell<Phase>,
    /// The number of the request that it is at.
    request: Cell<u64>,
    /// What time it was when it was first asked for in this poll of the connection.
    now: Cell<Option<Instant>>,
    since: Cell<Instant>,
    /// Since when the peer takes nothing.
    stalled: Cell<Option<Instant>>,
}

impl Watch {
    pub(crate) fn new(limits: Rc<Limits>) -> Self {
        Self {
            limits,
            phase: Cell::new(Phase::Head),
            request: Cell::new(0),
            now: Cell::new(None),
            since: Cell::new(reactor::now()),
            stalled: Cell::new(None),
        }
    }

    pub(crate) fn phase(&self) -> Phase {
        self.phase.get()
    }

    /// The connection is polled again.
    pub(crate) fn poll_begins(&self) {
        self.now.set(None);
    }

    /// What time it is. The system is asked once a poll.
    pub(crate) fn now(&self) -> Instant {
        let now = self.now.get().unwrap_or_else(reactor::now);
        self.now.set(Some(now));
        now
    }

    fn enter(&self, phase: Phase) {
        self.phase.set(phase);
        if self.limit(phase).is_some() {
            self.since.set(self.now());
        }
    }

    /// A handler has a request; gives its number.
    pub(crate) fn begins(&self) -> u64 {
        self.request.set(self.request.get() + 1);
        self.enter(Phase::Handling);
        self.request.get()
    }

    /// The reply to it is sent.
    pub(crate) fn ends(&self) {
        self.enter(Phase::Idle);
    }

    /// Whether the handler of `request` waits for more of its body. One that goes on after its reply was sent holds up
    /// nobody.
    pub(crate) fn awaits_body(&self, request: u64, waits: bool) {
        let (then, now) = match waits {
            true => (Phase::Handling, Phase::Body),
            false => (Phase::Body, Phase::Handling),
        };
        if self.request.get() == request && self.phase.get() == then {
            self.enter(now);
        }
    }

    /// Bytes have come from the peer.
    pub(crate) fn has_read(&self) {
        if self.phase.get() == Phase::Idle {
            self.enter(Phase::Head);
        }
    }

    /// Whether the peer takes what is written.
    pub(crate) fn writes(&self, stalls: bool) {
        if !stalls {
            self.stalled.set(None);
        } else if self.stalled.get().is_none() {
            self.stalled.set(Some(self.now()));
        }
    }

    fn limit(&self, phase: Phase) -> Option<Duration> {
        match phase {
            Phase::Idle => Some(self.limits.idle),
            Phase::Head => Some(self.limits.header),
            Phase::Body => Some(self.limits.body_progress),
            Phase::Handling => None,
        }
    }

    /// Until when something has to happen.
    fn deadline(&self) -> Option<Instant> {
        let limit = self.limit(self.phase.get());
        let phase = limit.map(|limit| self.since.get() + limit);
        let write = self.stalled.get().map(|at| at + self.limits.write_stall);
        match (phase, write) {
            // A peer that reads nothing cannot be blamed for sending nothing.
            (_, Some(write)) => Some(write),
            (phase, None) => phase,
        }
    }
}

/// Says when a connection has taken too long. It sets a timer only where the deadline comes earlier than the one that is
/// set: a connection that serves a thousand requests in a second sets one.
pub(crate) struct Watchdog {
    sleep: Option<(Sleep, Instant)>,
}

impl Watchdog {
    pub(crate) fn new() -> Self {
        Self { sleep: None }
    }

    /// To be called after each poll of the connection. Ready when it has taken too long.
    pub(crate) fn poll(&mut self, watch: &Watch, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            let deadline = watch.deadline();
            let (sleep, set) = match (&mut self.sleep, deadline) {
                (None, None) => return Poll::Pending,
                (slot @ None, Some(deadline)) => slot.insert((sleep_until(deadline), deadline)),
                (Some(set), _) => set,
            };
            if let Some(deadline) = deadline
                && deadline < *set
            {
                sleep.reset(deadline);
                *set = deadline;
            }
            if Pin::new(sleep).poll(cx).is_pending() {
                return Poll::Pending;
            }
            let over = *set;
            self.sleep = None;
            if deadline.is_some_and(|deadline| deadline <= over) {
                return Poll::Ready(());
            }
        }
    }
}
