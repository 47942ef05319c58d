//! One run of a program whose threads are let through one step at a time.
//!
//! ```text
//!            arrives at a step                 it is this thread's turn
//!  Runs ───────────────────────▶ At(step) ───────────────────────────────▶ Runs
//!    │                                                                      ▲
//!    │ spawns a thread                     the new thread arrives at a step │
//!    ├──────────────────────▶ Spawns(child) ────────────────────────────────┘
//!    │ returns or panics
//!    └──────────────────────▶ Over
//! ```
//!
//! One thread runs at any time, so nothing but the choice at each step decides the order.
//! The thread that stops running makes the choice; there is no scheduler thread.

use std::any::Any;
use std::collections::HashMap;
use std::fmt;
use std::panic::{Location, resume_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;

use crate::channel::Readiness;
use crate::stage::locked;
use crate::story::{Names, message};
use crate::{Event, Failure, Recording};

/// A run that takes so many steps does not end.
const MOST_STEPS: usize = 100_000;

type Place = &'static Location<'static>;

/// What a thread is about to do.
#[derive(Clone)]
pub(crate) enum Step {
    Tell(String),
    Lock(usize),
    /// Nothing: others may come in between.
    Pass,
    Send,
    Receive(Arc<Readiness>),
    Join(usize),
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Step::Tell(what) => write!(f, "wants to tell {what:?}, which is held back"),
            Step::Lock(_) => write!(f, "waits for a Mutex that is locked"),
            Step::Pass => write!(f, "wants to go on"),
            Step::Send => write!(f, "wants to send"),
            Step::Receive(_) => write!(f, "waits for a channel that is empty"),
            Step::Join(_) => write!(f, "waits for a thread to end"),
        }
    }
}

enum At {
    Runs,
    Step(Step, Place),
    Spawns(usize),
    Over,
}

struct Actor {
    name: Arc<str>,
    at: At,
    /// To be woken with, once it has waited.
    thread: Option<std::thread::Thread>,
}

/// Which of the threads that could go on was chosen, each time there were two or more.
#[derive(Clone, Debug)]
pub(crate) struct Choice {
    pub(crate) could: Vec<usize>,
    /// What each of those stood at: in a later run it must be the same.
    pub(crate) steps: Vec<String>,
    pub(crate) chosen: usize,
}

/// This event waits for that one.
#[derive(Clone, Debug)]
pub(crate) struct Hold {
    pub(crate) what: String,
    pub(crate) until: String,
}

/// The payload with which the threads of a run that has failed are unwound.
pub(crate) struct Aborted;

/// How a run went.
pub(crate) struct Outcome {
    pub(crate) recording: Recording,
    pub(crate) choices: Vec<Choice>,
    pub(crate) failures: Vec<Failure>,
    /// A thread is stuck in something that is not a step: the run cannot be ended.
    pub(crate) stuck: bool,
}

pub(crate) struct Schedule {
    state: Mutex<State>,
    over: Condvar,
    patience: Duration,
}

struct State {
    actors: Vec<Actor>,
    names: Names,
    holds: Vec<Hold>,
    locks: HashMap<usize, usize>,
    choices: Vec<Choice>,
    made: usize,
    steps: usize,
    recording: Recording,
    failures: Vec<Failure>,
    aborted: bool,
    stuck: bool,
}

impl Schedule {
    /// A run whose first choices are `choices`; after those the first thread that can go on goes on.
    pub(crate) fn new(choices: Vec<Choice>, holds: Vec<Hold>, patience: Duration) -> Schedule {
        let main = Actor {
            name: Arc::from("main"),
            at: At::Runs,
            thread: None,
        };
        Schedule {
            state: Mutex::new(State {
                actors: vec![main],
                names: Names::default(),
                holds,
                locks: HashMap::new(),
                choices,
                made: 0,
                steps: 0,
                recording: Recording::default(),
                failures: Vec::new(),
                aborted: false,
                stuck: false,
            }),
            over: Condvar::new(),
            patience,
        }
    }

    /// Waits until it is this thread's turn to take `step`.
    pub(crate) fn wait_for(&self, id: usize, step: Step, place: Place) {
        let mut state = locked(&self.state);
        state.actors[id].at = At::Step(step, place);
        self.stop_running(&mut state, id);
        self.wait_for_turn(state, id);
    }

    pub(crate) fn tell(&self, id: usize, request: Arc<str>, what: String, place: Place) {
        self.wait_for(id, Step::Tell(what.clone()), place);
        let mut state = locked(&self.state);
        if state.aborted {
            return;
        }
        let event = Event {
            at: Duration::from_micros(state.recording.events.len() as u64),
            thread: state.actors[id].name.clone(),
            request,
            what,
            place: Some(place),
        };
        state.recording.events.push(event);
    }

    pub(crate) fn unlocked(&self, lock: usize) {
        locked(&self.state).locks.remove(&lock);
    }

    /// Counts a thread in and names it, before `parent` spawns it.
    pub(crate) fn enter(&self, parent: usize, role: &str) -> (usize, Arc<str>) {
        let mut state = locked(&self.state);
        let name = state.names.next(role);
        let child = state.actors.len();
        state.actors.push(Actor {
            name: name.clone(),
            at: At::Runs,
            thread: None,
        });
        state.actors[parent].at = At::Spawns(child);
        (child, name)
    }

    /// The parent waits until the thread that it spawned has come to its first step, so that
    /// the two do not run side by side.
    pub(crate) fn wait_for_first_step(&self, parent: usize) {
        self.wait_for_turn(locked(&self.state), parent);
    }

    pub(crate) fn leave(&self, id: usize) {
        let mut state = locked(&self.state);
        state.actors[id].at = At::Over;
        self.stop_running(&mut state, id);
    }

    pub(crate) fn panicked(&self, id: usize, panic: &(dyn Any + Send)) {
        let mut state = locked(&self.state);
        let thread = state.actors[id].name.to_string();
        let message = message(panic);
        state.failures.push(Failure::Panic { thread, message });
    }

    pub(crate) fn stranger(&self, what: &str, place: Place) {
        let name = std::thread::current()
            .name()
            .unwrap_or("unnamed")
            .to_owned();
        locked(&self.state).failures.push(Failure::Stranger {
            thread: name,
            what: what.to_owned(),
            place: place.to_string(),
        });
    }

    /// Waits until every thread is over, and says how the run went.
    pub(crate) fn outcome(&self) -> Outcome {
        let mut state = locked(&self.state);
        while !state.stuck && !state.actors.iter().all(|a| matches!(a.at, At::Over)) {
            let before = state.steps;
            let (woken, timeout) = self
                .over
                .wait_timeout(state, self.patience)
                .unwrap_or_else(std::sync::PoisonError::into_inner);
            state = woken;
            if timeout.timed_out() && state.steps == before {
                self.stuck(&mut state);
            }
        }
        if !state.aborted && state.made < state.choices.len() {
            state.failures.push(Failure::NotRepeatable);
        }
        let mut recording = std::mem::take(&mut state.recording);
        recording.threads = state.actors.len();
        recording.length = Duration::from_micros(recording.events.len() as u64);
        Outcome {
            recording,
            choices: std::mem::take(&mut state.choices),
            failures: std::mem::take(&mut state.failures),
            stuck: state.stuck,
        }
    }

    fn stuck(&self, state: &mut State) {
        let runs = |a: &&Actor| matches!(a.at, At::Runs);
        let names = state.actors.iter().filter(runs).map(|a| a.name.to_string());
        let failure = Failure::Stuck {
            threads: names.collect(),
            patience: self.patience,
        };
        state.failures.push(failure);
        state.stuck = true;
        self.abort(state);
    }

    fn abort(&self, state: &mut State) {
        state.aborted = true;
        for actor in &state.actors {
            if let Some(thread) = &actor.thread {
                thread.unpark();
            }
        }
        self.over.notify_all();
    }

    /// Called by the thread that has just stopped running: somebody else goes on.
    fn stop_running(&self, state: &mut State, id: usize) {
        let over = matches!(state.actors[id].at, At::Over);
        // A thread that catches its abort and steps on, for ever, must not look alive.
        if !state.aborted || over {
            state.steps += 1;
        }
        let parent = |a: &Actor| matches!(a.at, At::Spawns(child) if child == id);
        if let Some(parent) = state.actors.iter().position(parent) {
            return state.wake(parent);
        }
        if state.aborted {
            if over {
                self.over.notify_all();
            }
            return;
        }
        if state.steps == MOST_STEPS {
            let steps = MOST_STEPS;
            state.failures.push(Failure::Endless { steps });
            state.stuck = true; // Each run would take so long.
            return self.abort(state);
        }
        let could: Vec<usize> = (0..state.actors.len()).filter(|&a| state.can(a)).collect();
        match could[..] {
            [] if state.actors.iter().all(|a| matches!(a.at, At::Over)) => self.over.notify_all(),
            [] => {
                let deadlock = state.deadlock();
                state.failures.push(deadlock);
                self.abort(state);
            }
            [only] => state.wake(only),
            _ => match state.choose(could) {
                Ok(chosen) => state.wake(chosen),
                Err(failure) => {
                    state.failures.push(failure);
                    self.abort(state);
                }
            },
        }
    }

    fn wait_for_turn<'a>(&'a self, mut state: MutexGuard<'a, State>, id: usize) {
        state.actors[id].thread = Some(std::thread::current());
        while !matches!(state.actors[id].at, At::Runs) {
            if state.aborted {
                state.actors[id].at = At::Runs;
                drop(state);
                // A destructor that takes a step while its thread unwinds goes on.
                if std::thread::panicking() {
                    return;
                }
                resume_unwind(Box::new(Aborted));
            }
            drop(state);
            std::thread::park();
            state = locked(&self.state);
        }
    }
}

impl State {
    /// Whether a thread stands at a step that it could take now.
    fn can(&self, id: usize) -> bool {
        let At::Step(step, _) = &self.actors[id].at else {
            return false;
        };
        match step {
            Step::Tell(what) => {
                let told = |what: &str| self.recording.events.iter().any(|e| e.what == what);
                let held = |hold: &Hold| hold.what == *what && !told(&hold.until);
                !self.holds.iter().any(held)
            }
            Step::Lock(lock) => !self.locks.contains_key(lock),
            Step::Pass | Step::Send => true,
            Step::Receive(readiness) => readiness.is_ready(),
            Step::Join(id) => matches!(self.actors[*id].at, At::Over),
        }
    }

    fn choose(&mut self, could: Vec<usize>) -> Result<usize, Failure> {
        let at = |&id: &usize| match &self.actors[id].at {
            At::Step(step, place) => format!("{step} at {place}"),
            _ => unreachable!("a thread that can go on is at a step"),
        };
        let steps = could.iter().map(at).collect();
        let made = self.made;
        self.made += 1;
        if made == self.choices.len() {
            let chosen = 0;
            self.choices.push(Choice {
                could,
                steps,
                chosen,
            });
        } else if self.choices[made].could != could || self.choices[made].steps != steps {
            return Err(Failure::NotRepeatable);
        }
        let choice = &self.choices[made];
        Ok(choice.could[choice.chosen])
    }

    fn wake(&mut self, id: usize) {
        let actor = &mut self.actors[id];
        if let At::Step(Step::Lock(lock), _) = actor.at {
            self.locks.insert(lock, id);
        }
        actor.at = At::Runs;
        if let Some(thread) = &actor.thread {
            thread.unpark();
        }
    }

    fn deadlock(&self) -> Failure {
        let wait = |actor: &Actor| match &actor.at {
            At::Step(step, place) => Some(format!("{} {step} at {place}", actor.name)),
            _ => None,
        };
        Failure::Deadlock {
            waits: self.actors.iter().filter_map(wait).collect(),
        }
    }
}
