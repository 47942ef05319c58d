//! Threads that belong to a story.

use std::panic::{AssertUnwindSafe, Location, catch_unwind, resume_unwind};

use crate::schedule::{Aborted, Step};
use crate::stage::{Me, Role, Stage, explored, me, request};

/// Spawns a thread of this thread's story, named after its role: `io-1`, `io-2`, ...
///
/// Outside a story this is a plain thread with the role as its name.
///
/// # Panics
///
/// If the system refuses another thread, as [`std::thread::spawn`] does.
///
/// ```
/// use timeline::{Story, tell, thread};
///
/// let story = Story::new().run(|| {
///     tell("A begins");
///     thread::spawn("io", || tell("I/O begins"));
/// });
/// let event = &story.unwrap().events[1];
/// assert_eq!((&*event.thread, &*event.request), ("io-1", "A"));
/// ```
pub fn spawn<T, F>(role: &str, body: F) -> JoinHandle<T>
where
    T: Send + 'static,
    F: FnOnce() -> T + Send + 'static,
{
    let builder = std::thread::Builder::new();
    let Some(parent) = me() else {
        let inner = builder.name(role.to_owned()).spawn(body);
        let inner = inner.expect("the system refused another thread");
        return JoinHandle { inner, id: None };
    };
    let (id, name) = match &*parent.stage {
        Stage::Live(live) => (0, live.enter(role)),
        Stage::Explored(schedule) => schedule.enter(parent.id, role),
    };
    let child = Me {
        stage: parent.stage.clone(),
        id,
        name: name.clone(),
    };
    let request = request();
    let inner = builder.name(name.to_string()).spawn({
        let child = child.clone();
        move || {
            let outcome = {
                let _role = Role::play(child.clone(), Some(request));
                catch_unwind(AssertUnwindSafe(body))
            };
            if let Err(panic) = &outcome
                && !panic.is::<Aborted>()
            {
                child.panicked(&**panic);
            }
            child.leave();
            outcome.unwrap_or_else(|panic| resume_unwind(panic))
        }
    });
    match (inner, &*parent.stage) {
        (Ok(inner), Stage::Live(_)) => JoinHandle { inner, id: None },
        (Ok(inner), Stage::Explored(schedule)) => {
            schedule.wait_for_first_step(parent.id);
            let id = Some(id);
            JoinHandle { inner, id }
        }
        (Err(error), _) => {
            child.leave();
            panic!("the system refused another thread: {error}")
        }
    }
}

/// Lets other threads go on first. [`std::thread::yield_now`], but for an
/// [`Explorer`](crate::Explorer) it is a step: a place where others may come in between.
///
/// A program needs it where two threads meet in something that is no step, such as a
/// [`std::sync::Mutex`] inside a library.
///
/// ```
/// use timeline::{Explorer, tell, thread};
///
/// let seen = Explorer::new().run(|| {
///     thread::spawn("io", || thread::yield_now());
///     tell("B begins");
/// });
/// assert_eq!((seen.schedules, seen.orders.len()), (2, 1));
/// ```
#[track_caller]
pub fn yield_now() {
    let place = Location::caller();
    match explored() {
        Some(me) => me.schedule().wait_for(me.id, Step::Pass, place),
        None => std::thread::yield_now(),
    }
}

/// The right to wait for a thread to end, and to have what it returned.
#[derive(Debug)]
pub struct JoinHandle<T> {
    inner: std::thread::JoinHandle<T>,
    /// Its number, if it belongs to a story whose every order is tried.
    id: Option<usize>,
}

impl<T> JoinHandle<T> {
    /// Waits for the thread to end.
    ///
    /// # Errors
    ///
    /// The thread's panic, if it panicked.
    #[track_caller]
    pub fn join(self) -> std::thread::Result<T> {
        if let (Some(id), Some(me)) = (self.id, explored()) {
            me.schedule()
                .wait_for(me.id, Step::Join(id), Location::caller());
        }
        self.inner.join()
    }
}
