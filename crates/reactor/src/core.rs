//! The reactor itself, as its sources and timers see it.

use std::cell::{Cell, RefCell};
use std::io;
use std::mem;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Waker;
use std::time::Duration;

use mio::event::Source;
use mio::{Events, Interest, Poll};

use crate::clock::Clock;
use crate::current::{Dropped, Remote};
use crate::notifier::Notifier;
use crate::readiness::Readiness;
use crate::record::{Event, SourceId};
use crate::sources::{Callback, Direction, Key, Left, NOTIFIER, Sources, Target, Told, Turn};
use crate::steer::{Batch, Steering, Then, Until};
use crate::timers::{TimerKey, Timers};

type Recorder = Rc<dyn Fn(Event)>;

/// So many events are taken from the system at once.
const EVENTS: usize = 1024;

/// What a timer does when it is due.
pub(crate) enum Alarm {
    Wake(Waker),
    Call(Box<dyn FnOnce()>),
}

/// No borrow of a cell in it lasts over a call of code that is not in this crate.
pub(crate) struct Core {
    number: u64,
    poll: RefCell<Poll>,
    events: RefCell<Events>,
    sources: RefCell<Sources>,
    timers: RefCell<Timers<Alarm>>,
    clock: Clock,
    /// The time for which timers are being called.
    firing: Cell<Option<u64>>,
    /// Counts the polls.
    turn: Cell<u32>,
    /// Callbacks to be called; empty between two polls.
    calls: RefCell<Vec<(Key, Readiness)>>,
    notifier: Notifier,
    remote: Arc<Remote>,
    steering: RefCell<Steering>,
    steered: Cell<bool>,
    recorder: RefCell<Option<Recorder>>,
    records: Cell<bool>,
    closed: Cell<bool>,
}

impl Core {
    pub(crate) fn new(clock: Clock) -> io::Result<Rc<Self>> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let poll = Poll::new()?;
        let notifier = Notifier::new(poll.registry())?;
        let remote = Remote::add(number, poll.registry().try_clone()?);
        Ok(Rc::new(Self {
            number,
            poll: RefCell::new(poll),
            events: RefCell::new(Events::with_capacity(EVENTS)),
            sources: RefCell::new(Sources::new()),
            timers: RefCell::new(Timers::new()),
            clock,
            firing: Cell::new(None),
            turn: Cell::new(0),
            calls: RefCell::default(),
            notifier,
            remote,
            steering: RefCell::default(),
            steered: Cell::new(false),
            recorder: RefCell::default(),
            records: Cell::new(false),
            closed: Cell::new(false),
        }))
    }

    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.clock
    }

    pub(crate) fn notifier(&self) -> &Notifier {
        &self.notifier
    }

    pub(crate) fn sources(&self) -> usize {
        self.bury();
        self.sources.borrow().len()
    }

    pub(crate) fn timers(&self) -> usize {
        self.bury();
        self.timers.borrow().len()
    }

    pub(crate) fn set_recorder(&self, recorder: Option<Recorder>) {
        self.records.set(recorder.is_some());
        drop(self.recorder.replace(recorder));
    }

    fn tell(&self, event: impl FnOnce() -> Event) {
        if self.records.get() {
            let recorder = self.recorder.borrow().clone();
            if let Some(recorder) = recorder {
                recorder(event());
            }
        }
    }

    pub(crate) fn set_hook(&self, hook: Option<crate::steer::Hook>) {
        self.steered.set(hook.is_some());
        let mut steering = self.steering.borrow_mut();
        let before = mem::replace(&mut steering.hook, hook);
        let held = match self.steered.get() {
            true => Vec::new(),
            false => mem::take(&mut steering.held),
        };
        drop(steering);
        drop(before);
        for (id, what) in held {
            self.ready(id.0, what);
        }
    }

    // Sources

    pub(crate) fn register(
        &self,
        source: &mut dyn Source,
        interest: Interest,
        target: Target,
    ) -> io::Result<Key> {
        if self.closed.get() {
            return Err(crate::Elsewhere.into());
        }
        let key = self.sources.borrow_mut().insert(target);
        let poll = self.poll.borrow();
        let registered = source.register(poll.registry(), key.token(), interest);
        if let Err(error) = registered {
            let target = self.sources.borrow_mut().remove(key);
            drop(target);
            return Err(error);
        }
        Ok(key)
    }

    pub(crate) fn reregister(
        &self,
        key: Key,
        source: &mut dyn Source,
        interest: Interest,
    ) -> io::Result<()> {
        let poll = self.poll.borrow();
        source.reregister(poll.registry(), key.token(), interest)
    }

    /// Gives the key back, whatever the system says.
    pub(crate) fn deregister(&self, key: Key, source: &mut dyn Source) -> io::Result<()> {
        let target = self.sources.borrow_mut().remove(key);
        let poll = self.poll.borrow();
        let deregistered = source.deregister(poll.registry());
        drop(poll);
        drop(target);
        deregistered
    }

    pub(crate) fn may_try(&self, key: Key, direction: Direction) -> Turn {
        let mut sources = self.sources.borrow_mut();
        sources.turn(key, direction, self.turn.get())
    }

    pub(crate) fn drained(&self, key: Key, direction: Direction, unless_ended: bool) {
        let mut sources = self.sources.borrow_mut();
        sources.drained(key, direction, unless_ended);
    }

    pub(crate) fn wait(&self, key: Key, direction: Direction, waker: &Waker) -> bool {
        // Wakers are cloned and dropped while nothing is borrowed: they may be anybody's.
        let mut cloned = None;
        loop {
            let mut sources = self.sources.borrow_mut();
            let left = sources.wait(key, direction, waker, cloned.take());
            drop(sources);
            match left {
                Left::Done(_before) => return true,
                Left::Clone => cloned = Some(waker.clone()),
                Left::Gone => return false,
            }
        }
    }

    // Timers

    /// A timer that is set while timers are being called is not due in the same turn, so it is not before them either.
    /// None if the reactor is closed: then the alarm is dropped.
    pub(crate) fn set_timer(&self, deadline: u64, alarm: Alarm) -> Option<TimerKey> {
        if self.closed.get() {
            return None;
        }
        let earliest = self.firing.get().unwrap_or(0);
        let mut timers = self.timers.borrow_mut();
        Some(timers.insert(deadline.max(earliest), alarm))
    }

    pub(crate) fn remove_timer(&self, key: TimerKey) -> Option<Alarm> {
        self.timers.borrow_mut().remove(key)
    }

    /// Leaves the newest waker with a timer. False if it was due.
    pub(crate) fn rewake(&self, key: TimerKey, waker: &Waker) -> bool {
        let mut timers = self.timers.borrow_mut();
        match timers.get_mut(key) {
            Some(Alarm::Wake(known)) if known.will_wake(waker) => return true,
            Some(_) => {}
            None => return false,
        }
        drop(timers);
        let mut alarm = Alarm::Wake(waker.clone());
        if let Some(known) = self.timers.borrow_mut().get_mut(key) {
            mem::swap(known, &mut alarm);
        }
        true
    }

    pub(crate) fn fire(&self) -> usize {
        struct Over<'a>(&'a Cell<Option<u64>>);
        impl Drop for Over<'_> {
            fn drop(&mut self) {
                self.0.set(None);
            }
        }
        let timers = self.timers.borrow();
        let Some(next) = timers.next_deadline() else {
            return 0;
        };
        let mark = timers.mark();
        drop(timers);
        let now = self.clock.nanos();
        if now < next {
            return 0;
        }
        self.firing.set(Some(now));
        let _over = Over(&self.firing);
        let mut fired = 0;
        loop {
            let due = self.timers.borrow_mut().pop_due_before(now, mark);
            let Some((key, alarm)) = due else {
                return fired;
            };
            fired += 1;
            self.tell(|| Event::Due(key));
            match alarm {
                Alarm::Wake(waker) => waker.wake(),
                Alarm::Call(function) => function(),
            }
        }
    }

    // The poll

    pub(crate) fn poll(&self, timeout: Option<Duration>) -> io::Result<()> {
        let mut events = self
            .events
            .try_borrow_mut()
            .expect("`poll` was called inside `poll`");
        self.turn.set(self.turn.get().wrapping_add(1));
        self.bury();
        let until = self.until(timeout);
        if self.steered.get() {
            self.poll_steered(&mut events, timeout, until)?;
        } else {
            self.wait_for_events(&mut events, until)?;
            for event in events.iter().filter(|event| event.token() != NOTIFIER) {
                self.ready(Key::of(event.token()), Readiness::of(event));
            }
        }
        drop(events);
        self.call();
        Ok(())
    }

    fn until(&self, timeout: Option<Duration>) -> Until {
        if timeout == Some(Duration::ZERO) {
            return Until::Now;
        }
        let deadline = self.timers.borrow().next_deadline();
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
                until => until.wait(self.clock.nanos()),
            };
            match self.poll.borrow_mut().poll(events, wait) {
                // A signal came. What time is left is computed anew.
                Err(error) if error.kind() == io::ErrorKind::Interrupted => events.clear(),
                Err(error) => return Err(error),
                Ok(()) if !events.is_empty() => break,
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
                } else {
                    let id = SourceId(Key::of(event.token()));
                    Steering::add(&mut ready, id, Readiness::of(event));
                }
            }
            let mut sources = self.sources.borrow_mut();
            ready.retain(|(id, _)| sources.contains(id.0));
            drop(sources);
            let next = self.timers.borrow().next_deadline();
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
                self.ready(id.0, what);
            }
            return Ok(());
        }
    }

    /// A source is ready: tasks are woken now, callbacks called when all are known.
    fn ready(&self, key: Key, what: Readiness) {
        if self.records.get() && self.sources.borrow_mut().contains(key) {
            self.tell(|| Event::Ready(SourceId(key), what));
        }
        let told = self.sources.borrow_mut().ready(key, what);
        match told {
            Told::Tasks([read, write]) => {
                if let Some(reader) = read {
                    reader.wake();
                }
                if let Some(writer) = write {
                    writer.wake();
                }
            }
            Told::Callback => self.calls.borrow_mut().push((key, what)),
            Told::Nobody => {}
        }
    }

    /// Calls the callbacks of what is ready, in the system's order, but for those that another one has removed.
    fn call(&self) {
        let mut calls = self.calls.take();
        for (key, what) in calls.drain(..) {
            let callback: Option<Callback> = self.sources.borrow_mut().callback(key);
            if let Some(callback) = callback {
                callback(what);
            }
        }
        self.calls.replace(calls);
    }

    /// Takes back what was dropped where this reactor does not run.
    fn bury(&self) {
        if self.remote.nothing_dropped() {
            return;
        }
        for dropped in self.remote.take_dropped() {
            match dropped {
                Dropped::Source(key) => {
                    let target = self.sources.borrow_mut().remove(key);
                    drop(target);
                }
                Dropped::Timer(key) => {
                    let alarm = self.remove_timer(key);
                    drop(alarm);
                }
            }
        }
    }

    /// Takes no source from now on, and forgets those that are there, and all timers.
    pub(crate) fn close(&self) {
        self.closed.set(true);
        Remote::remove(self.number);
        let sources = self.sources.replace(Sources::new());
        drop(sources);
        let timers = self.timers.replace(Timers::new());
        drop(timers);
        self.set_hook(None);
        self.set_recorder(None);
    }
}
