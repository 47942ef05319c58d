use std::fmt;
use std::io;
use std::rc::Rc;
use std::time::{Duration, Instant};

use mio::Interest;
use mio::event::Source as Pollable;

use crate::clock::Clock;
use crate::core::{Alarm, Core};
use crate::current;
use crate::notifier::Notifier;
use crate::readiness::Readiness;
use crate::record::{Event, SourceId};
use crate::sources::Target;
use crate::steer::{Batch, Then};
use crate::timers::TimerKey;

/// Waits, for one thread, until something is ready or due.
///
/// Clones are the same reactor. It goes with the last of them, and then [closes](Reactor::close).
///
/// See [the page of the crate](crate) for how it is driven.
#[derive(Clone)]
pub struct Reactor {
    owner: Rc<Owner>,
}

/// What closes the core when nobody has the reactor any more; one that is entered is kept by the thread.
struct Owner(Rc<Core>);

impl Reactor {
    /// A reactor that waits for nothing yet.
    ///
    /// # Errors
    ///
    /// What the system says, such as that there are too many open files: it takes three or four of them.
    pub fn new() -> io::Result<Self> {
        Self::made(Clock::real())
    }

    /// One whose clock stands still while there is anything to do. When a [`poll`](Reactor::poll) would sleep until a
    /// deadline, the clock is moved there instead, and nothing sleeps: so a test of an hour takes no time, and always the
    /// same.
    ///
    /// Time does not wait for what the reactor cannot see: other threads, other processes. Where one of them is to be
    /// first, let there be no timer meanwhile, or [steer](Reactor::steer).
    ///
    /// # Errors
    ///
    /// As [`new`](Reactor::new).
    pub fn virtual_time() -> io::Result<Self> {
        Self::made(Clock::moved())
    }

    fn made(clock: Clock) -> io::Result<Self> {
        let core = Core::new(clock)?;
        Ok(Self {
            owner: Rc::new(Owner(core)),
        })
    }

    fn core(&self) -> &Rc<Core> {
        &self.owner.0
    }

    /// Calls `function` with this as the reactor of the thread: the one that [sources](crate::Source) register with, and
    /// [timers](crate::sleep) are set on.
    pub fn enter<T>(&self, function: impl FnOnce() -> T) -> T {
        current::enter(self.core(), function)
    }

    /// Sleeps until a source is ready, a timer is due, a [`Notifier`] calls or `timeout` has passed, and tells whoever
    /// waits for what is ready: first the tasks are woken, then the [callbacks](Reactor::watch) called. Timers are
    /// called by [`fire`](Reactor::fire).
    ///
    /// `None` is no time-out, and zero does not sleep. It never returns early because time has passed: a signal that
    /// interrupts the system call, and a sleep too long for it, are no reason.
    ///
    /// # Errors
    ///
    /// What the system says.
    ///
    /// # Panics
    ///
    /// If it is called inside itself, by a callback or a waker. With the first panic of a waker, when all have been woken.
    pub fn poll(&self, timeout: Option<Duration>) -> io::Result<()> {
        self.core().poll(timeout)
    }

    /// Calls the timers that are due, in the order of their deadlines, and of equal ones the one that was set first.
    /// Gives their number.
    ///
    /// A timer that one of them sets waits for the next call, though it be due. For the order it counts then as due at the
    /// time of this call, if it would be due earlier.
    pub fn fire(&self) -> usize {
        self.core().fire()
    }

    /// Whom other threads call to end a sleep.
    pub fn notifier(&self) -> Notifier {
        self.core().notifier().clone()
    }

    /// What time it is.
    pub fn now(&self) -> Instant {
        self.core().clock().now()
    }

    /// The time after `duration` from now on; after about 30 years, if that is less.
    pub fn after(&self, duration: Duration) -> Instant {
        self.core().clock().after(duration)
    }

    /// Moves a [virtual](Reactor::virtual_time) clock, as if something had taken so long.
    ///
    /// # Panics
    ///
    /// If the clock is real.
    #[track_caller]
    pub fn advance(&self, duration: Duration) {
        let clock = self.core().clock();
        assert!(clock.is_moved(), "a real clock cannot be moved");
        clock.move_to(clock.to_nanos(clock.after(duration)));
    }

    /// Has `callback` called by [`fire`](Reactor::fire) when `deadline` has come. It must not panic.
    ///
    /// After [`close`](Reactor::close) it is dropped, and there is no timer.
    pub fn call_at(&self, deadline: Instant, callback: Box<dyn FnOnce()>) -> Option<TimerKey> {
        let core = self.core();
        core.set_timer(core.clock().to_nanos(deadline), Alarm::Call(callback))
    }

    /// Takes back a timer. False if there is none: it was called, or taken back before.
    pub fn remove_timer(&self, key: TimerKey) -> bool {
        let alarm = self.core().remove_timer(key);
        alarm.is_some()
    }

    /// Registers `source`, and has `callback` called by [`poll`](Reactor::poll) each time when the system says that it
    /// is ready: once for each change (edge-triggered). It must not panic.
    ///
    /// For what is to be called again while it stays ready see [`rewatch`](Reactor::rewatch).
    ///
    /// # Errors
    ///
    /// As [`Source::new`](crate::Source::new).
    pub fn watch(
        &self,
        source: &mut impl Pollable,
        interest: Interest,
        callback: Rc<dyn Fn(Readiness)>,
    ) -> io::Result<SourceId> {
        let target = Target::Callback(callback);
        let key = self.core().register(source, interest, target)?;
        Ok(SourceId(key))
    }

    /// Changes what is waited for. The system looks at the source anew, and tells also what was told before, if it is
    /// still so.
    ///
    /// # Errors
    ///
    /// What the system says: `NotFound` if `source` is not registered.
    pub fn rewatch(
        &self,
        id: SourceId,
        source: &mut impl Pollable,
        interest: Interest,
    ) -> io::Result<()> {
        self.core().reregister(id.0, source, interest)
    }

    /// Deregisters `source`: its callback is not called any more, also not for what was found ready in this very poll.
    ///
    /// # Errors
    ///
    /// What the system says. The callback is forgotten all the same.
    pub fn unwatch(&self, id: SourceId, source: &mut impl Pollable) -> io::Result<()> {
        self.core().deregister(id.0, source)
    }

    /// How many sources are registered.
    pub fn sources(&self) -> usize {
        self.core().sources()
    }

    /// How many timers are set.
    pub fn timers(&self) -> usize {
        self.core().timers()
    }

    /// From now on `hook` decides what the program sees of what is ready, in which order, and when: it is asked in each
    /// [`poll`](Reactor::poll), after the system.
    ///
    /// With it a test can run a program under every order of readiness. Under a hook a poll sleeps, and a clock that is
    /// moved by hand moves, only if the hook says so. A source that has not been waited for is tried without asking
    /// anybody: so let what is to be steered happen in the hook itself, which has the peer's end write when it chooses.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use reactor::{Reactor, Then};
    ///
    /// let reactor = Reactor::virtual_time()?;
    /// reactor.steer(|batch| {
    ///     while !batch.ready().is_empty() {
    ///         batch.deliver(batch.ready().len() - 1); // the last one first
    ///     }
    ///     if batch.may_wait() { Then::Jump } else { Then::Return }
    /// });
    /// let begin = reactor.now();
    /// reactor.poll(Some(Duration::from_secs(3600)))?;
    /// assert_eq!(reactor.now() - begin, Duration::from_secs(3600));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn steer(&self, hook: impl FnMut(&mut Batch) -> Then + 'static) {
        self.core().set_hook(Some(Box::new(hook)));
    }

    /// Ends the steering. All that was held back is told: tasks are woken here, callbacks called in the next poll.
    pub fn unsteer(&self) {
        self.core().set_hook(None);
    }

    /// From now on `recorder` is told of each [`Event`], in the moment it happens, on this thread; `None` ends that.
    /// While nobody records it costs one look at a flag.
    ///
    /// The recorder must not panic.
    pub fn record(&self, recorder: Option<Rc<dyn Fn(Event)>>) {
        self.core().set_recorder(recorder);
    }

    /// Drops all callbacks and timers, and takes no more. Sources that are left are gone: their operations say
    /// [`Elsewhere`](crate::Elsewhere).
    pub fn close(&self) {
        self.core().close();
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl fmt::Debug for Reactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reactor")
            .field("sources", &self.sources())
            .field("timers", &self.timers())
            .finish_non_exhaustive()
    }
}
