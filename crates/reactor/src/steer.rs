use std::time::Instant;

use crate::readiness::Readiness;
use crate::record::SourceId;

/// What is ready in one poll, for a [hook](crate::Reactor::steer) that decides what the program sees of it, and when.
#[derive(Debug)]
pub struct Batch {
    pub(crate) ready: Vec<(SourceId, Readiness)>,
    pub(crate) delivered: Vec<(SourceId, Readiness)>,
    pub(crate) notified: bool,
    pub(crate) may_wait: bool,
    pub(crate) next_deadline: Option<Instant>,
}

impl Batch {
    /// The sources that are ready and not delivered, those that were held back before in front.
    pub fn ready(&self) -> &[(SourceId, Readiness)] {
        &self.ready
    }

    /// Has the program see that `ready()[index]` is ready: takes it out of there, and puts it behind what was delivered
    /// before. What is not delivered is held back until a later poll.
    ///
    /// # Panics
    ///
    /// If there is no such index.
    pub fn deliver(&mut self, index: usize) {
        let one = self.ready.remove(index);
        self.delivered.push(one);
    }

    /// Whether the program has nothing else to do: only then can the hook have the reactor [wait](Then::Wait).
    pub fn may_wait(&self) -> bool {
        self.may_wait
    }

    /// Whether another thread has roused the reactor.
    pub fn notified(&self) -> bool {
        self.notified
    }

    /// A time before which no timer is due, if there are timers.
    pub fn next_deadline(&self) -> Option<Instant> {
        self.next_deadline
    }
}

/// How a steered poll goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// The poll is over: what was delivered is told.
    Return,
    /// Sleep until the system has more to tell, or another thread rouses the reactor, and ask the hook again. Time-outs
    /// do not end that sleep. As `Return`, if the program has other things to do, or something was delivered, or the
    /// reactor was roused.
    Wait,
    /// Move a clock that is moved by hand to the next deadline, or by as much as the poll may take, if that is less. The
    /// poll is over.
    Jump,
}

pub(crate) type Hook = Box<dyn FnMut(&mut Batch) -> Then>;

/// A hook, and what it holds back.
#[derive(Default)]
pub(crate) struct Steering {
    pub(crate) hook: Option<Hook>,
    pub(crate) held: Vec<(SourceId, Readiness)>,
}

impl Steering {
    /// Adds what the system said to what is there already.
    pub(crate) fn add(ready: &mut Vec<(SourceId, Readiness)>, id: SourceId, what: Readiness) {
        match ready.iter_mut().find(|(known, _)| *known == id) {
            Some((_, known)) => *known = *known | what,
            None => ready.push((id, what)),
        }
    }
}
