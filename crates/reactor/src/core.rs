//! The reactor itself, as its sources and timers see it.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::io;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Waker;

use mio::event::Source;
use mio::{Events, Interest, Poll};

use crate::bell::Bell;
use crate::clock::Clock;
use crate::current::{self, Dropped, Remote};
use crate::flags::Direction;
use crate::notifier::Notifier;
use crate::readiness::Readiness;
use crate::record::{Event, SourceId};
use crate::sources::{Callback, Key, Sources, Target, Told};
use crate::steer::Steering;
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
    pub(crate) poll: RefCell<Poll>,
    pub(crate) events: RefCell<Events>,
    pub(crate) sources: RefCell<Sources>,
    pub(crate) timers: RefCell<Timers<Alarm>>,
    pub(crate) clock: Clock,
    pub(crate) bell: Bell,
    /// The time for which timers are being called.
    firing: Cell<Option<u64>>,
    /// Callbacks to be called; empty between two polls.
    calls: RefCell<Vec<(Key, Readiness)>>,
    notifier: Notifier,
    remote: Arc<Remote>,
    pub(crate) steering: RefCell<Steering>,
    pub(crate) steered: Cell<bool>,
    recorder: RefCell<Option<Recorder>>,
    records: Cell<bool>,
    closed: Cell<bool>,
    /// The first panic of a waker in this poll.
    panicked: Cell<Option<Box<dyn Any + Send>>>,
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
            bell: Bell::default(),
            firing: Cell::new(None),
            calls: RefCell::default(),
            notifier,
            remote,
            steering: RefCell::default(),
            steered: Cell::new(false),
            recorder: RefCell::default(),
            records: Cell::new(false),
            closed: Cell::new(false),
            panicked: Cell::new(None),
        }))
    }

    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed.get()
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

    pub(crate) fn tell(&self, event: impl FnOnce() -> Event) {
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

    /// Leaves `waker` for the next event; gives back what is to be dropped while nothing is borrowed.
    #[inline]
    pub(crate) fn wait(&self, key: Key, direction: Direction, waker: Waker) -> Option<Waker> {
        self.sources.borrow_mut().wait(key, direction, waker)
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

    /// When the next timer is due, or a little before.
    pub(crate) fn next_deadline(&self) -> Option<u64> {
        let timers = self.timers.borrow();
        // Without timers, which is often, it is not looked for.
        (!timers.is_empty())
            .then(|| timers.next_deadline())
            .flatten()
    }

    pub(crate) fn fire(&self) -> usize {
        struct Over<'a>(&'a Cell<Option<u64>>);
        impl Drop for Over<'_> {
            fn drop(&mut self) {
                self.0.set(None);
            }
        }
        let Some(next) = self.next_deadline() else {
            return 0;
        };
        let mark = self.timers.borrow().mark();
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

    /// A source is ready: tasks are woken now, callbacks called when all are known.
    // It has several callers; the one that counts is the loop over events.
    #[inline(always)]
    pub(crate) fn ready(&self, key: Key, what: Readiness) {
        if self.records.get() && self.sources.borrow_mut().contains(key) {
            self.tell(|| Event::Ready(SourceId(key), what));
        }
        let told = self.sources.borrow_mut().ready(key, what);
        match told {
            Told::Tasks([Some(reader), Some(writer)]) => {
                self.wakes(|| reader.wake());
                writer.wake();
            }
            Told::Tasks([one, other]) => {
                if let Some(waker) = one.or(other) {
                    waker.wake();
                }
            }
            Told::Callback => self.calls.borrow_mut().push((key, what)),
            Told::Nobody => {}
        }
    }

    /// Calls `wakes`. Wakers may be anybody's: if one panics, the panic waits until all are woken. False if one did.
    pub(crate) fn wakes(&self, wakes: impl FnOnce()) -> bool {
        let woken = catch_unwind(AssertUnwindSafe(wakes));
        let over = woken.is_ok();
        if let Err(panic) = woken {
            let first = self.panicked.take().unwrap_or(panic);
            self.panicked.set(Some(first));
        }
        over
    }

    /// The panic of a waker goes on.
    pub(crate) fn go_on_panicking(&self) {
        if let Some(panic) = self.panicked.take() {
            resume_unwind(panic);
        }
    }

    /// Calls the callbacks of what is ready, in the system's order, but for those that another one has removed.
    pub(crate) fn call(&self) {
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
    pub(crate) fn bury(&self) {
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
        current::closed(self.number);
        Remote::remove(self.number);
        let sources = self.sources.replace(Sources::new());
        drop(sources);
        let timers = self.timers.replace(Timers::new());
        drop(timers);
        self.set_hook(None);
        self.set_recorder(None);
    }
}
