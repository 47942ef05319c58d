//! The one place that sleeps.

use std::io;
use std::mem;
use std::time::Duration;

use mio::Events;

use crate::bell::BELL;
use crate::core::Core;
use crate::readiness::Readiness;
use crate::record::{Event, SourceId};
use crate::sources::{Key, NOTIFIER};
use crate::steer::{Batch, Steering, Then};
use crate::until::{self, Until};

impl Core {
    pub(crate) fn poll(&self, timeout: Option<Duration>) -> io::Result<()> {
        let mut events = self
            .events
            .try_borrow_mut()
            .expect("`poll` was called inside `poll`");
        self.bury();
        let until = self.until(timeout);
        if self.steered.get() {
            self.poll_steered(&mut events, timeout, until)?;
        } else {
            self.wait_for_events(&mut events, until)?;
            let mut of_sources = events.iter().filter(|event| event.token() < BELL);
            // Once for all of them; and again for those that are left, if a waker panics.
            while !self.wakes(|| {
                for event in of_sources.by_ref() {
                    self.ready(Key::of(event.token()), Readiness::of(event));
                }
            }) {}
        }
        drop(events);
        self.call();
        self.go_on_panicking();
        Ok(())
    }

    fn until(&self, timeout: Option<Duration>) -> Until {
        if timeout == Some(Duration::ZERO) {
            return Until::Now;
        }
        let deadline = self.next_deadline();
        let timeout = timeout.map(|timeout| {
            let timeout = u64::try_from(timeout.as_nanos()).unwrap_or(u64::MAX);
            self.clock.nanos().saturating_add(timeout)
        });
        match (deadline, timeout) {
            (None, None) => Until::Never,
            (Some(time), None) | (None, Some(time)) => Until::Time(time),
            (Some(deadline), Some(timeout)) => Until::Time(deadline.min(timeout)),
        }
    }

    /// Sleeps until the system has news, or it is time.
    fn wait_for_events(&self, events: &mut Events, until: Until) -> io::Result<()> {
        let moved = self.clock.is_moved();
        let parks = until != Until::Now && !(moved && until != Until::Never);
        if parks {
            self.tell(|| Event::Park);
        }
        loop {
            let wait = match until {
                Until::Time(_) if moved => Some(Duration::ZERO),
                Until::Time(time) => self.limit(time),
                Until::Now => Some(Duration::ZERO),
                Until::Never => None,
            };
            match self.poll.borrow_mut().poll(events, wait) {
                // A signal came. What time is left is computed anew.
                Err(error) if error.kind() == io::ErrorKind::Interrupted => events.clear(),
                Err(error) => return Err(error),
                // The bell is no news by itself: it may have been for a timer that is gone.
                Ok(()) if events.iter().any(|event| event.token() != BELL) => break,
                Ok(()) => {}
            }
            match until {
                Until::Now => break,
                Until::Time(time) if moved => {
                    self.clock.move_to(time);
                    break;
                }
                Until::Time(time) if self.clock.nanos() >= time => break,
                // Interrupted, or a part of a long sleep.
                Until::Time(_) | Until::Never => {}
            }
        }
        if parks {
            self.tell(|| Event::Unpark);
        }
        Ok(())
    }

    /// The limit of a poll that is to sleep until `time`; none, if the bell ends it.
    fn limit(&self, time: u64) -> Option<Duration> {
        let now = self.clock.nanos();
        let left = until::left(time, now);
        let poll = self.poll.borrow();
        (left.is_zero() || !self.bell.set(poll.registry(), time, now)).then_some(left)
    }

    fn poll_steered(
        &self,
        events: &mut Events,
        timeout: Option<Duration>,
        until: Until,
    ) -> io::Result<()> {
        let mut wait = Until::Now;
        let mut notified = false;
        loop {
            self.wait_for_events(events, wait)?;
            let (hook, mut ready) = {
                let mut steering = self.steering.borrow_mut();
                (steering.hook.take(), mem::take(&mut steering.held))
            };
            for event in events.iter() {
                if event.token() == NOTIFIER {
                    notified = true;
                } else if event.token() != BELL {
                    let id = SourceId(Key::of(event.token()));
                    Steering::add(&mut ready, id, Readiness::of(event));
                }
            }
            let mut sources = self.sources.borrow_mut();
            ready.retain(|(id, _)| sources.contains(id.0));
            drop(sources);
            let next = self.next_deadline();
            let mut batch = Batch {
                ready,
                delivered: Vec::new(),
                notified,
                may_wait: timeout != Some(Duration::ZERO) && !notified,
                next_deadline: next.map(|nanos| self.clock.to_instant(nanos)),
            };
            let Some(mut hook) = hook else {
                return Ok(());
            };
            let then = hook(&mut batch);
            let mut steering = self.steering.borrow_mut();
            steering.held = batch.ready;
            // Unless it has put another in its place.
            let mut hook = Some(hook);
            if self.steered.get() && steering.hook.is_none() {
                steering.hook = hook.take();
            }
            drop(steering);
            drop(hook);
            match then {
                Then::Wait if batch.may_wait && batch.delivered.is_empty() => {
                    wait = Until::Never;
                    continue;
                }
                Then::Wait | Then::Return => {}
                Then::Jump => {
                    if let Until::Time(time) = until {
                        self.clock.move_to(time);
                    }
                }
            }
            for (id, what) in batch.delivered {
                self.wakes(|| self.ready(id.0, what));
            }
            return Ok(());
        }
    }
}
