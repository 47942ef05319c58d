//! Which story this thread belongs to, and the one story that runs in this process.

use std::any::Any;
use std::cell::RefCell;
use std::panic::Location;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::schedule::{Aborted, Schedule};
use crate::story::Live;

/// A story while it runs: recorded as it happens, or let through one step at a time.
pub(crate) enum Stage {
    Live(Live),
    Explored(Schedule),
}

/// A thread of a story.
#[derive(Clone)]
pub(crate) struct Me {
    pub(crate) stage: Arc<Stage>,
    pub(crate) id: usize,
    pub(crate) name: Arc<str>,
}

thread_local! {
    static ME: RefCell<Option<Me>> = const { RefCell::new(None) };
    static REQUEST: RefCell<Option<Arc<str>>> = const { RefCell::new(None) };
}

/// Held for as long as a story runs: one at a time, so that a program may keep
/// a global and its tests may still run in parallel.
static TURN: Mutex<()> = Mutex::new(());

/// The story that runs now, for threads that belong to none.
static CURRENT: Mutex<Option<Arc<Stage>>> = Mutex::new(None);

/// A lock that a panic elsewhere does not spoil.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// This thread, if it belongs to a story.
pub(crate) fn me() -> Option<Me> {
    ME.try_with(|me| me.borrow().clone()).ok().flatten()
}

/// This thread, if it belongs to a story whose every order is tried.
pub(crate) fn explored() -> Option<Me> {
    me().filter(|me| matches!(*me.stage, Stage::Explored(_)))
}

impl Me {
    pub(crate) fn schedule(&self) -> &Schedule {
        match &*self.stage {
            Stage::Explored(schedule) => schedule,
            Stage::Live(_) => unreachable!("asked only of explored stories"),
        }
    }

    fn panicked(&self, panic: &(dyn Any + Send)) {
        match &*self.stage {
            Stage::Live(live) => live.panicked(&self.name, panic),
            Stage::Explored(schedule) => schedule.panicked(self.id, panic),
        }
    }

    /// Notes a panic, unless it is the explorer's own.
    pub(crate) fn note(&self, panic: Option<&Box<dyn Any + Send>>) {
        if let Some(panic) = panic
            && !panic.is::<Aborted>()
        {
            self.panicked(&**panic);
        }
    }

    /// This thread is over.
    pub(crate) fn leave(&self) {
        match &*self.stage {
            Stage::Live(live) => live.leave(),
            Stage::Explored(schedule) => schedule.leave(self.id),
        }
    }
}

/// Makes this thread `me` until dropped.
pub(crate) struct Role {
    request: Option<Arc<str>>,
}

impl Role {
    pub(crate) fn play(me: Me, request: Option<Arc<str>>) -> Role {
        ME.with(|slot| *slot.borrow_mut() = Some(me));
        Role {
            request: REQUEST.with(|slot| slot.replace(request)),
        }
    }
}

impl Drop for Role {
    fn drop(&mut self) {
        ME.with(|slot| slot.borrow_mut().take());
        REQUEST.with(|slot| *slot.borrow_mut() = self.request.take());
    }
}

/// The right to run a story.
pub(crate) struct Turn {
    _turn: MutexGuard<'static, ()>,
}

impl Turn {
    pub(crate) fn wait() -> Turn {
        assert!(
            me().is_none(),
            "a story inside a story: the inner one would wait for the outer for ever"
        );
        Turn {
            _turn: locked(&TURN),
        }
    }

    pub(crate) fn begin(&self, stage: &Arc<Stage>) {
        *locked(&CURRENT) = Some(stage.clone());
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        *locked(&CURRENT) = None;
    }
}

/// A thread that entered the story of others, and leaves it when it ends.
struct Entered(Me);

impl Drop for Entered {
    fn drop(&mut self) {
        self.0.leave();
    }
}

thread_local! {
    static ENTERED: RefCell<Option<Entered>> = const { RefCell::new(None) };
}

/// Makes this thread one of the story that runs now, if that is recorded as it happens.
pub(crate) fn enter(role: &str) {
    if me().is_some() {
        return;
    }
    let Some(stage) = locked(&CURRENT).clone() else {
        return;
    };
    let Stage::Live(live) = &*stage else {
        return; // it could not be held back: if it tells, that is a failure
    };
    let me = Me {
        name: live.enter(role),
        id: 0,
        stage,
    };
    ENTERED.with(|slot| *slot.borrow_mut() = Some(Entered(me.clone())));
    ME.with(|slot| *slot.borrow_mut() = Some(me));
}

/// The request that this thread serves: the one that its events named last, or that it
/// inherited; empty if there is none, and outside a story.
///
/// ```
/// use timeline::{Story, request, tell};
///
/// let recording = Story::new().run(|| {
///     tell("A begins");
///     tell(format!("{} suspended", request()));
/// });
/// assert_eq!(recording.unwrap().events[1].what, "A suspended");
/// ```
#[must_use]
pub fn request() -> Arc<str> {
    let request = REQUEST.try_with(|slot| slot.borrow().clone());
    request.ok().flatten().unwrap_or_else(|| Arc::from(""))
}

/// From now on this thread serves `request`: events that name none belong to it.
///
/// For a thread that serves several in turn, such as one that polls tasks: whoever polls the task of A says so first.
///
/// ```
/// use timeline::{Story, serves, tell};
///
/// let recording = Story::new().run(|| {
///     tell("B begins");
///     serves("A");
///     tell("I/O ends");
/// });
/// assert_eq!(&*recording.unwrap().events[1].request, "A");
/// ```
pub fn serves(request: &str) {
    // A thread that is ending serves nobody.
    let _ = REQUEST.try_with(|slot| *slot.borrow_mut() = Some(Arc::from(request)));
}

/// The request of an event, which this thread serves from now on. The event's first
/// word names it (`A`, `B2`); if it does not, the event belongs to the last one named.
fn request_of(what: &str) -> Arc<str> {
    let first = what.split(' ').next().unwrap_or_default();
    let mut letters = first.chars();
    let named = letters.next().is_some_and(|c| c.is_ascii_uppercase())
        && letters.all(|c| c.is_ascii_digit());
    REQUEST
        .try_with(|slot| {
            let mut slot = slot.borrow_mut();
            if named && slot.as_deref() != Some(first) {
                *slot = Some(Arc::from(first));
            }
            slot.clone()
        })
        .ok()
        .flatten()
        .unwrap_or_else(|| Arc::from(if named { first } else { "" }))
}

/// Tells the story of this thread that something happened.
///
/// The first word may name a request, a capital letter with or without digits behind it
/// (`A begins`, `B2 ends`). An event that names none (`I/O begins`) belongs to the request
/// that its thread named last, or [serves] since; a new thread inherits it from the one that spawned it.
///
/// Outside a [`Story`](crate::Story) nothing is recorded. A thread that was not spawned by
/// [`thread::spawn`](crate::thread::spawn) is recorded under its own name; while an
/// [`Explorer`](crate::Explorer) runs it is a failure, because it could not be held back.
///
/// ```
/// use timeline::{Story, tell};
///
/// let recording = Story::new().run(|| tell("A begins")).unwrap();
/// assert_eq!(recording.events[0].what, "A begins");
/// assert_eq!(&*recording.events[0].thread, "main");
/// ```
#[track_caller]
pub fn tell(what: impl Into<String>) {
    let place = Location::caller();
    let Some(me) = me() else {
        return tell_as_a_stranger(what.into(), place);
    };
    let what = what.into();
    let request = request_of(&what);
    match &*me.stage {
        Stage::Live(live) => live.record(me.name, request, what, place),
        Stage::Explored(schedule) => schedule.tell(me.id, request, what, place),
    }
}

/// Keeps with the recording how many bytes hold a request while it waits. The last call counts.
///
/// Outside a story, and while an [`Explorer`](crate::Explorer) runs, nothing is kept.
///
/// ```
/// use timeline::{Story, holds};
///
/// let recording = Story::new().run(|| holds(size_of::<[u64; 3]>())).unwrap();
/// assert_eq!(recording.held, Some(24));
/// ```
pub fn holds(bytes: usize) {
    if let Some(me) = me()
        && let Stage::Live(live) = &*me.stage
    {
        live.holds(bytes);
    }
}

fn tell_as_a_stranger(what: String, place: &'static Location<'static>) {
    let Some(stage) = locked(&CURRENT).clone() else {
        return;
    };
    let request = request_of(&what);
    match &*stage {
        Stage::Live(live) => {
            let thread = std::thread::current();
            let name = Arc::from(thread.name().unwrap_or("unnamed"));
            live.record(name, request, what, place);
        }
        Stage::Explored(schedule) => schedule.stranger(&what, place),
    }
}
