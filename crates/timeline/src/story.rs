//! Running a program and recording what its threads tell.

use std::any::Any;
use std::collections::HashMap;
use std::fmt;
use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Instant;

use crate::clock::{Clock, VirtualClock};
use crate::stage::{Me, Role, Stage, Turn, locked};
use crate::{Event, Recording};

type Watcher = Box<dyn FnMut(&Event) + Send>;
type Gate = Box<dyn Fn(&str) + Send + Sync>;

/// Runs a program once and records what it tells.
///
/// One story runs at a time in a process: a second one waits for the first to end.
#[derive(Default)]
pub struct Story {
    watcher: Option<Watcher>,
    gate: Option<Gate>,
    clock: Option<VirtualClock>,
}

impl fmt::Debug for Story {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Story").finish_non_exhaustive()
    }
}

impl Story {
    /// A story on the real clock that nobody watches.
    #[must_use]
    pub fn new() -> Story {
        Story::default()
    }

    /// Calls `watcher` for each event in the moment it happens, on the thread that tells it.
    ///
    /// Events come one at a time and in order, because the story is locked meanwhile:
    /// the watcher must not tell anything itself.
    #[must_use]
    pub fn watch(mut self, watcher: impl FnMut(&Event) + Send + 'static) -> Story {
        self.watcher = Some(Box::new(watcher));
        self
    }

    /// Calls `gate` with each event before it happens, on the thread that is about to tell it. The event happens when
    /// `gate` returns.
    ///
    /// The story is not locked meanwhile, so `gate` may block: that is how a test has threads tell in the order
    /// that it wants.
    ///
    /// ```
    /// use std::sync::Mutex;
    /// use std::sync::mpsc::channel;
    /// use timeline::{Story, tell, thread};
    ///
    /// let (open, opened) = channel();
    /// let opened = Mutex::new(opened);
    /// let story = Story::new().gate(move |what| {
    ///     if what == "I/O begins" {
    ///         opened.lock().unwrap().recv().unwrap();
    ///     }
    /// });
    /// let recording = story.run(|| {
    ///     thread::spawn("io", || tell("I/O begins"));
    ///     tell("B ends");
    ///     open.send(()).unwrap();
    /// });
    /// assert_eq!(recording.unwrap().told(), ["B ends", "I/O begins"]);
    /// ```
    #[must_use]
    pub fn gate(mut self, gate: impl Fn(&str) + Send + Sync + 'static) -> Story {
        self.gate = Some(Box::new(gate));
        self
    }

    /// Takes the time from a clock that the test moves.
    #[must_use]
    pub fn clock(mut self, clock: &VirtualClock) -> Story {
        self.clock = Some(clock.clone());
        self
    }

    /// Runs `program` on this thread, which the story calls `main`, then waits for every
    /// thread that it spawned with [`thread::spawn`](crate::thread::spawn), and for those
    /// that [entered](crate::thread::enter).
    ///
    /// # Errors
    ///
    /// [`Panicked`] if a thread of the story panicked. As in a process, a panic on `main` ends
    /// the story at once; a panic on another thread ends only that thread.
    ///
    /// # Panics
    ///
    /// If this thread is already in a story.
    pub fn run(self, program: impl FnOnce()) -> Result<Recording, Panicked> {
        let turn = Turn::wait();
        let clock = match self.clock {
            Some(clock) => Clock::Virtual(clock),
            None => Clock::Real(Instant::now()),
        };
        let stage = Arc::new(Stage::Live(Live::new(clock, self.watcher, self.gate)));
        let Stage::Live(live) = &*stage else {
            unreachable!("made a line ago")
        };
        turn.begin(&stage);
        let me = Me {
            stage: stage.clone(),
            id: 0,
            name: Arc::from("main"),
        };
        let role = Role::play(me, None);
        let outcome = catch_unwind(AssertUnwindSafe(program));
        drop(role);
        match outcome {
            Ok(()) => live.wait_for_threads(),
            Err(panic) => live.panicked("main", &*panic),
        }
        live.close()
    }
}

/// A thread of the story panicked.
#[derive(Debug)]
pub struct Panicked {
    /// What was recorded all the same.
    pub recording: Recording,
    /// `thread: message`, one for each panic.
    pub panics: Vec<String>,
}

impl fmt::Display for Panicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a thread panicked: {}", self.panics.join("; "))
    }
}

impl std::error::Error for Panicked {}

/// A story that is recorded as it happens.
pub(crate) struct Live {
    clock: Clock,
    gate: Option<Gate>,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    watcher: Option<Watcher>,
    recording: Recording,
    panics: Vec<String>,
    names: Names,
    alive: usize,
    closed: bool,
}

impl Live {
    fn new(clock: Clock, watcher: Option<Watcher>, gate: Option<Gate>) -> Live {
        Live {
            clock,
            gate,
            state: Mutex::new(State {
                watcher,
                recording: Recording {
                    threads: 1,
                    ..Recording::default()
                },
                panics: Vec::new(),
                names: Names::default(),
                alive: 0,
                closed: false,
            }),
            changed: Condvar::new(),
        }
    }

    pub(crate) fn record(
        &self,
        thread: Arc<str>,
        request: Arc<str>,
        what: String,
        place: &'static Location<'static>,
    ) {
        if let Some(gate) = &self.gate {
            gate(&what);
        }
        let mut state = locked(&self.state);
        if state.closed {
            return;
        }
        // Read under the lock, so that times never go backwards.
        let event = Event {
            at: self.clock.now(),
            thread,
            request,
            what,
            place: Some(place),
        };
        if let Some(watcher) = &mut state.watcher {
            watcher(&event);
        }
        state.recording.events.push(event);
    }

    pub(crate) fn holds(&self, bytes: usize) {
        locked(&self.state).recording.held = Some(bytes);
    }

    /// Counts a thread in and names it, before it is spawned.
    pub(crate) fn enter(&self, role: &str) -> Arc<str> {
        let mut state = locked(&self.state);
        state.alive += 1;
        state.recording.threads += 1;
        state.names.next(role)
    }

    pub(crate) fn leave(&self) {
        locked(&self.state).alive -= 1;
        self.changed.notify_all();
    }

    pub(crate) fn panicked(&self, thread: &str, panic: &(dyn Any + Send)) {
        let panic = format!("{thread}: {}", message(panic));
        locked(&self.state).panics.push(panic);
    }

    fn wait_for_threads(&self) {
        let state = locked(&self.state);
        drop(self.changed.wait_while(state, |state| state.alive > 0));
    }

    fn close(&self) -> Result<Recording, Panicked> {
        let mut state = locked(&self.state);
        state.closed = true;
        state.watcher = None;
        let mut recording = std::mem::take(&mut state.recording);
        recording.length = self.clock.now();
        match std::mem::take(&mut state.panics) {
            panics if panics.is_empty() => Ok(recording),
            panics => Err(Panicked { recording, panics }),
        }
    }
}

/// Names threads by their role: `io-1`, `io-2`, ...
#[derive(Default)]
pub(crate) struct Names {
    used: HashMap<String, usize>,
}

impl Names {
    pub(crate) fn next(&mut self, role: &str) -> Arc<str> {
        let number = self.used.entry(role.to_owned()).or_default();
        *number += 1;
        Arc::from(format!("{role}-{number}"))
    }
}

/// The text of a panic, as far as it has one.
pub(crate) fn message(panic: &(dyn Any + Send)) -> String {
    if let Some(text) = panic.downcast_ref::<&str>() {
        (*text).to_owned()
    } else if let Some(text) = panic.downcast_ref::<String>() {
        text.clone()
    } else {
        "a panic without a message".to_owned()
    }
}
