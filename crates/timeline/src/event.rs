//! What is recorded: events, and a recording of them.

use std::collections::HashSet;
use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// When, since the story began, in whole microseconds.
    pub at: Duration,
    /// The thread that told it: `main`, `io-1`, ...
    pub thread: Arc<str>,
    /// The request that the thread was serving: `A`, `B`, ...; empty if none yet.
    pub request: Arc<str>,
    /// What happened: `A begins`, `I/O ends`, ...
    pub what: String,
    /// The line of source that told it; `None` for a recording read back from text.
    pub place: Option<&'static Location<'static>>,
}

/// What an event changes in the drawing: what its lane does from now on.
///
/// A lane is a request on a thread. The words of the event decide:
///
/// | event | from now on its lane |
/// | --- | --- |
/// | `I/O begins` | blocks its thread; but runs, if the lane's next event is `... suspended`: it did not wait for its I/O |
/// | `... suspended` | is suspended |
/// | `... leaves`, `... ends` (but not `I/O ends`), `... fails`, `... lost`, also when followed by `: why` | does nothing |
/// | anything else | runs |
///
/// A request goes on where it tells `... resumed`: its other lanes that run or are suspended end there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Activity {
    /// Nothing: not begun, over, or waiting for its turn.
    Nothing,
    /// Waits without a thread.
    Suspended,
    /// Waits and holds its thread.
    Blocks,
    /// Runs.
    Runs,
}

impl Event {
    /// What this event's lane does from now on, as far as its own words say.
    #[must_use]
    pub fn activity(&self) -> Activity {
        let what = match self.what.split_once(": ") {
            Some((before, _why)) => before,
            None => &self.what,
        };
        match what.rsplit(' ').next() {
            _ if what == "I/O begins" => Activity::Blocks,
            _ if what == "I/O ends" => Activity::Runs,
            Some("suspended") => Activity::Suspended,
            Some("leaves" | "ends" | "fails" | "lost") => Activity::Nothing,
            _ => Activity::Runs,
        }
    }

    /// Whether this event says that its request goes on here, and nowhere else.
    #[must_use]
    pub fn resumes(&self) -> bool {
        self.what.split(' ').nth(1) == Some("resumed")
    }
}

/// Everything that was told while a story ran, in the order in which it was told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recording {
    /// The events, oldest first; their times never go backwards.
    pub events: Vec<Event>,
    /// How many threads the story had, `main` among them, told or not.
    pub threads: usize,
    /// How long the story took: until its last thread ended.
    pub length: Duration,
    /// The bytes that a waiting request held, as [`holds`](crate::holds) said last.
    pub held: Option<usize>,
}

impl Recording {
    /// When `what` happened first, if it did.
    #[must_use]
    pub fn when(&self, what: &str) -> Option<Duration> {
        self.events.iter().find(|e| e.what == what).map(|e| e.at)
    }

    /// What was told, in order.
    #[must_use]
    pub fn told(&self) -> Vec<&str> {
        self.events.iter().map(|e| &*e.what).collect()
    }

    /// What this thread told, in order.
    #[must_use]
    pub fn told_by(&self, thread: &str) -> Vec<&str> {
        let own = self.events.iter().filter(|e| &*e.thread == thread);
        own.map(|e| &*e.what).collect()
    }

    /// The lanes, `(request, thread)`, in the order in which they are drawn:
    /// the threads by their first event, and within a thread the requests by theirs.
    #[must_use]
    pub fn lanes(&self) -> Vec<(Arc<str>, Arc<str>)> {
        let mut seen = HashSet::new();
        let mut threads: Vec<Arc<str>> = Vec::new();
        let mut lanes = Vec::new();
        for event in &self.events {
            if !threads.contains(&event.thread) {
                threads.push(event.thread.clone());
            }
            let lane = (event.request.clone(), event.thread.clone());
            if seen.insert(lane.clone()) {
                lanes.push(lane);
            }
        }
        lanes.sort_by_key(|(_, thread)| threads.iter().position(|t| t == thread));
        lanes
    }
}
