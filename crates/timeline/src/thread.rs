//! Threads that belong to a story.

use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::sync::{Arc, Mutex};

use crate::schedule::Step;
use crate::stage::{Me, Role, Stage, explored, locked, me, request};

/// Spawns a thread of this thread's story, named after its role: `io-1`, `io-2`, ...
///
/// Outside a story this is a plain thread with the role as its name.
///
/// # Panics
///
/// If the system refuses another thread, as [`std::thread::spawn`] does, and if `role` has a NUL byte.
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
    // `Builder::spawn` would panic, after the thread was counted in.
    assert!(!role.contains('\0'), "a role with a NUL byte");
    let builder = std::thread::Builder::new();
    let Some(parent) = me() else {
        let inner = builder.name(role.to_owned()).spawn(body);
        let inner = inner.expect("the system refused another thread");
        return JoinHandle(Kind::Plain(inner));
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
    let result = Arc::new(Mutex::new(None));
    let inner = builder.name(name.to_string()).spawn({
        let (child, result) = (child.clone(), result.clone());
        move || {
            {
                let _role = Role::play(child.clone(), Some(request));
                let outcome = catch_unwind(AssertUnwindSafe(body));
                child.note(outcome.as_ref().err());
                *locked(&result) = Some(outcome);
                // If nobody can join any more, what it returned is dropped here: by a thread of the story.
                let dropped = catch_unwind(AssertUnwindSafe(|| drop(result)));
                child.note(dropped.as_ref().err());
            }
            child.leave();
        }
    });
    match inner {
        Ok(inner) => {
            if let Stage::Explored(schedule) = &*parent.stage {
                schedule.wait_for_first_step(parent.id);
            }
            JoinHandle(Kind::OfStory {
                inner,
                child,
                result,
            })
        }
        Err(error) => {
            child.leave();
            panic!("the system refused another thread: {error}")
        }
    }
}

/// Makes this thread, which somebody else spawned, one of the story that runs now, until the thread ends. It is named
/// after its role, as by [`spawn`], is counted, and the story waits for it.
///
/// For the threads of a library, which has a hook for their start. If no story runs, if an
/// [`Explorer`](crate::Explorer) does, or if this thread belongs to one already, nothing happens.
///
/// ```
/// use timeline::{Story, tell, thread};
///
/// let recording = Story::new().run(|| {
///     let theirs = std::thread::spawn(|| {
///         thread::enter("worker");
///         tell("A begins");
///     });
///     theirs.join().unwrap();
/// });
/// let recording = recording.unwrap();
/// assert_eq!(recording.threads, 2);
/// assert_eq!(recording.told_by("worker-1"), ["A begins"]);
/// ```
pub fn enter(role: &str) {
    crate::stage::enter(role);
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
pub struct JoinHandle<T>(Kind<T>);

impl<T> std::fmt::Debug for JoinHandle<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("JoinHandle").finish_non_exhaustive()
    }
}

enum Kind<T> {
    Plain(std::thread::JoinHandle<T>),
    OfStory {
        inner: std::thread::JoinHandle<()>,
        child: Me,
        result: Arc<Mutex<Option<std::thread::Result<T>>>>,
    },
}

impl<T> JoinHandle<T> {
    /// Waits for the thread to end.
    ///
    /// # Errors
    ///
    /// The thread's panic, if it panicked.
    #[track_caller]
    pub fn join(self) -> std::thread::Result<T> {
        match self.0 {
            Kind::Plain(inner) => inner.join(),
            Kind::OfStory {
                inner,
                child,
                result,
            } => {
                if let Some(me) = explored()
                    && Arc::ptr_eq(&me.stage, &child.stage)
                {
                    me.schedule()
                        .wait_for(me.id, Step::Join(child.id), Location::caller());
                }
                inner.join()?;
                match locked(&result).take() {
                    Some(result) => result,
                    None => unreachable!("the thread left its result before it ended"),
                }
            }
        }
    }
}
