//! Running a program again and again until every order of its steps was seen.

use std::collections::HashSet;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use crate::Recording;
use crate::schedule::{Choice, Hold, Outcome, Schedule};
use crate::stage::{Me, Role, Stage, Turn};

/// An order of events: `(thread, what)`, first to last.
pub type Order = Vec<(Arc<str>, String)>;

/// Runs a program in every order that its threads could take.
///
/// Each [`tell`](crate::tell), lock, send, receive and join is a step. Real threads run, but
/// one at a time: whenever two or more could take their next step, the explorer lets one go on,
/// and in a later run another, depth first, until no choice is left. In between, a thread may do
/// anything that ends by itself, reading from a socket included.
///
/// What it does not see: memory orderings and data races (use loom and Miri for those), and
/// waiting that is not a step, such as [`std::sync::Mutex`]: that is reported as
/// [`Failure::Stuck`].
///
/// ```
/// use timeline::{Explorer, tell, thread};
///
/// let seen = Explorer::new().run(|| {
///     thread::spawn("io", || tell("I/O begins"));
///     tell("B begins");
/// });
/// assert_eq!(seen.orders.len(), 2);
/// seen.assert_no_failure();
/// ```
#[derive(Debug)]
pub struct Explorer {
    holds: Vec<Hold>,
    limit: usize,
    patience: Duration,
}

impl Default for Explorer {
    fn default() -> Explorer {
        Explorer {
            holds: Vec::new(),
            limit: 1_000_000,
            patience: Duration::from_secs(10),
        }
    }
}

impl Explorer {
    /// An explorer that holds nothing back.
    #[must_use]
    pub fn new() -> Explorer {
        Explorer::default()
    }

    /// Holds the event `what` back until `until` was told: `hold("I/O ends", "C ends")`
    /// is an I/O that lasts.
    #[must_use]
    pub fn hold(mut self, what: &str, until: &str) -> Explorer {
        let (what, until) = (what.to_owned(), until.to_owned());
        self.holds.push(Hold { what, until });
        self
    }

    /// Gives up after so many runs, a million unless told.
    #[must_use]
    pub fn limit(mut self, runs: usize) -> Explorer {
        self.limit = runs;
        self
    }

    /// How long a thread may take to its next step before the run counts as stuck,
    /// 10 s unless told.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Explorer {
        self.patience = patience;
        self
    }

    /// Runs `program` in every order.
    ///
    /// # Panics
    ///
    /// If this thread is in a story.
    pub fn run(self, program: impl Fn() + Send + Sync + 'static) -> Exploration {
        self.run_and_check(program, |_| Ok(()))
    }

    /// Runs `program` in every order and calls `check` with what each run told.
    /// What it refuses is a failure, and the exploration goes on.
    ///
    /// # Panics
    ///
    /// If this thread is in a story.
    pub fn run_and_check(
        self,
        program: impl Fn() + Send + Sync + 'static,
        check: impl Fn(&Recording) -> Result<(), String>,
    ) -> Exploration {
        let turn = Turn::wait();
        let program: Arc<dyn Fn() + Send + Sync> = Arc::new(program);
        let mut exploration = Exploration::default();
        let mut next = Some(Vec::new());
        while let Some(choices) = next {
            if exploration.schedules == self.limit {
                let failure = Failure::GaveUp { runs: self.limit };
                exploration.fail(failure, Recording::default());
                break;
            }
            let outcome = self.run_once(&turn, &program, choices);
            exploration.schedules += 1;
            if outcome.stuck {
                next = None;
            } else {
                next = after(outcome.choices);
            }
            if outcome.failures.is_empty() {
                let order = order(&outcome.recording);
                exploration.orders.insert(order);
                if let Err(why) = check(&outcome.recording) {
                    exploration.fail(Failure::Refused { why }, outcome.recording);
                }
            } else {
                for failure in outcome.failures {
                    exploration.fail(failure, outcome.recording.clone());
                }
            }
        }
        for hold in &self.holds {
            let holds = |order: &Order| order.iter().any(|(_, what)| *what == hold.what);
            if exploration.failed == 0 && !exploration.orders.iter().any(holds) {
                let what = hold.what.clone();
                exploration.fail(Failure::HoldsNothing { what }, Recording::default());
            }
        }
        exploration
    }

    fn run_once(
        &self,
        turn: &Turn,
        program: &Arc<dyn Fn() + Send + Sync>,
        choices: Vec<Choice>,
    ) -> Outcome {
        let schedule = Schedule::new(choices, self.holds.clone(), self.patience);
        let stage = Arc::new(Stage::Explored(schedule));
        turn.begin(&stage);
        let program = program.clone();
        let me = Me {
            stage,
            id: 0,
            name: Arc::from("main"),
        };
        let main = me.clone();
        // A thread of its own, so that a run that is stuck can be left behind.
        let builder = std::thread::Builder::new().name("main".to_owned());
        let spawned = builder.spawn(move || {
            {
                let _role = Role::play(main.clone(), None);
                let outcome = catch_unwind(AssertUnwindSafe(|| program()));
                main.note(outcome.as_ref().err());
            }
            main.leave();
        });
        let main = spawned.expect("the system refused another thread");
        let outcome = me.schedule().outcome();
        if !outcome.stuck {
            // What the program captured must not be dropped after `run` has returned.
            let _ = main.join();
        }
        outcome
    }
}

/// The first choices of the next run, if there is one: the last choice that could still
/// go another way goes that way.
fn after(mut choices: Vec<Choice>) -> Option<Vec<Choice>> {
    while let Some(last) = choices.last_mut() {
        last.chosen += 1;
        if last.chosen < last.could.len() {
            return Some(choices);
        }
        choices.pop();
    }
    None
}

fn order(recording: &Recording) -> Order {
    let events = recording.events.iter();
    events.map(|e| (e.thread.clone(), e.what.clone())).collect()
}

/// What an [`Explorer`] saw.
#[derive(Debug, Default)]
pub struct Exploration {
    /// How many runs it took.
    pub schedules: usize,
    /// The different orders of events of the runs that did not fail by themselves.
    pub orders: HashSet<Order>,
    /// The first failures, at most ten, each with what had been told by then.
    pub failures: Vec<(Failure, Recording)>,
    /// How many there were in all.
    pub failed: usize,
}

impl Exploration {
    fn fail(&mut self, failure: Failure, recording: Recording) {
        self.failed += 1;
        if self.failures.len() < 10 {
            self.failures.push((failure, recording));
        }
    }

    /// For tests: prints the first failure, with its numbered events.
    ///
    /// # Panics
    ///
    /// If there was a failure.
    #[track_caller]
    pub fn assert_no_failure(&self) {
        if let Some((failure, recording)) = self.failures.first() {
            let mut text = format!(
                "{failure}\n{} of {} runs failed; this one told:\n",
                self.failed, self.schedules
            );
            for (n, event) in recording.events.iter().enumerate() {
                let n = n + 1;
                text += &format!("{n:4}  {:<6} {}\n", event.thread, event.what);
            }
            panic!("{text}");
        }
    }
}

/// What can go wrong in a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// No thread could go on.
    Deadlock {
        /// Each thread and what it waits for, with file and line.
        waits: Vec<String>,
    },
    /// A thread panicked.
    Panic {
        /// Which.
        thread: String,
        /// What it said.
        message: String,
    },
    /// A thread that the story did not spawn told something.
    Stranger {
        /// Its own name.
        thread: String,
        /// What it told.
        what: String,
        /// File and line.
        place: String,
    },
    /// A thread came to no next step.
    Stuck {
        /// Which; more than one only if the program waits outside the story.
        threads: Vec<String>,
        /// For how long.
        patience: Duration,
    },
    /// A run did not end: a thread looks again and again for what only another can bring.
    Endless {
        /// How many steps it took.
        steps: usize,
    },
    /// Nobody ever told what was to be held back.
    HoldsNothing {
        /// The event of [`Explorer::hold`].
        what: String,
    },
    /// The same choices led to another state: something other than the order of steps decides.
    NotRepeatable,
    /// There were more runs than [`Explorer::limit`].
    GaveUp {
        /// How many were made.
        runs: usize,
    },
    /// The check refused what was told.
    Refused {
        /// What it said.
        why: String,
    },
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Deadlock { waits } => {
                write!(f, "deadlock: no thread can go on: {}", waits.join("; "))
            }
            Failure::Panic { thread, message } => write!(f, "{thread} panicked: {message}"),
            Failure::Stranger {
                thread,
                what,
                place,
            } => write!(
                f,
                "a thread outside the story ({thread}) told {what:?} at {place}: \
                 spawn it with timeline::thread::spawn"
            ),
            Failure::Stuck { threads, patience } => write!(
                f,
                "stuck: {} came to no step for {patience:?}: it waits for something \
                 that the explorer cannot see",
                threads.join(", ")
            ),
            Failure::Endless { steps } => write!(f, "the run did not end within {steps} steps"),
            Failure::HoldsNothing { what } => {
                write!(f, "{what:?} was to be held back, and nobody tells it")
            }
            Failure::NotRepeatable => write!(
                f,
                "the same choices led elsewhere: time, chance or a global left over \
                 from the run before decides something"
            ),
            Failure::GaveUp { runs } => write!(f, "gave up after {runs} runs"),
            Failure::Refused { why } => write!(f, "{why}"),
        }
    }
}
