//! Who works, and who has left: the handshake between those who submit and those who work.
//!
//! One lock guards the counts and the sending; the taking is the queue's own. Two facts hold whenever it is free:
//!
//! - there are as many workers as unfinished tasks, or as many as the limit allows, so that no task waits behind
//!   another while a thread could be had for it;
//! - a worker leaves only if the queue is empty, looked at under the lock, so that none leaves a task behind.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use crate::sync::{Arc, Mutex, Received, Receiver, Sender, ThreadId, current, lock, queue};
use crate::{Join, Refused};

/// Runs, or, given a reason, tells its future why it does not.
pub(crate) type Task = Box<dyn FnOnce(Option<Refused>) + Send>;

/// What the pool's owner and its workers share.
pub(crate) struct Crew {
    queue: Receiver<Task>,
    census: Mutex<Census>,
}

struct Census {
    /// Gone when the pool is closed.
    tasks: Option<Sender<Task>>,
    /// Queued or running.
    unfinished: usize,
    /// Those that may take a task.
    working: usize,
    /// Those that work, and some that have left.
    workers: Vec<Worker>,
    spawned: usize,
}

struct Worker {
    number: usize,
    /// Known once it runs.
    thread: Option<ThreadId>,
    /// Known once `spawned_by` has returned.
    join: Option<Join>,
    left: bool,
}

impl Crew {
    pub(crate) fn new() -> Arc<Crew> {
        let (tasks, queue) = queue();
        let census = Mutex::new(Census {
            tasks: Some(tasks),
            unfinished: 0,
            working: 0,
            workers: Vec::new(),
            spawned: 0,
        });
        Arc::new(Crew { queue, census })
    }

    /// Queues `task`. If a worker should be spawned for it, its seat comes back.
    pub(crate) fn add(crew: &Arc<Crew>, task: Task, limit: usize) -> Option<Seat> {
        let mut census = lock(&crew.census);
        let tasks = census.tasks.as_ref().expect("only its owner closes a pool");
        tasks.send(task);
        census.unfinished += 1;
        if census.working == limit || census.working >= census.unfinished {
            return None;
        }
        census.working += 1;
        census.spawned += 1;
        let number = census.spawned;
        let (left, mut workers): (Vec<_>, Vec<_>) =
            census.workers.drain(..).partition(|worker| worker.left);
        workers.push(Worker {
            number,
            thread: None,
            join: None,
            left: false,
        });
        census.workers = workers;
        drop(census);
        drop(left); // `Join`s are somebody else's code: not under the lock
        Some(Seat {
            crew: crew.clone(),
            number,
            left: false,
        })
    }

    /// Keeps how to wait for a worker's thread.
    pub(crate) fn joins(&self, number: usize, join: Join) {
        let mut census = lock(&self.census);
        let mut workers = census.workers.iter_mut();
        if let Some(worker) = workers.find(|worker| worker.number == number) {
            worker.join = Some(join);
        }
    }

    /// No task comes any more: workers leave when the queue is empty.
    pub(crate) fn close(&self) {
        let tasks = lock(&self.census).tasks.take();
        drop(tasks);
    }

    /// Tells each queued task that it does not run.
    pub(crate) fn refuse_all(&self, why: Refused) {
        let queued = self.drain(&mut lock(&self.census));
        for task in queued {
            call(task, Some(why));
        }
    }

    fn drain(&self, census: &mut Census) -> Vec<Task> {
        let queued: Vec<Task> = std::iter::from_fn(|| self.queue.try_take()).collect();
        census.unfinished -= queued.len();
        queued
    }

    /// Waits for all threads of workers to end, but for this one, if it is one of them.
    pub(crate) fn join(&self) {
        let workers = std::mem::take(&mut lock(&self.census).workers);
        let me = current().id();
        for worker in workers {
            if let Some(join) = worker.join
                && worker.thread != Some(me)
                && catch_unwind(AssertUnwindSafe(join)).is_err()
            {
                log::error!("a hook panicked that waits for a worker");
            }
        }
    }
}

/// Calls a task. Its own panics are its future's business; this is for a `Drop` that panics.
fn call(task: Task, refused: Option<Refused>) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| task(refused))) {
        let error = promise::Error::panicked(panic);
        log::error!("Exception in callback: {error:#}");
    }
}

/// One worker's right to work. It is counted from the moment in which it is made to that in which it is dropped.
pub(crate) struct Seat {
    crew: Arc<Crew>,
    pub(crate) number: usize,
    left: bool,
}

impl Seat {
    /// Works until nothing came for so long.
    pub(crate) fn work(mut self, idle_for: Duration) {
        let me = current().id();
        let mut census = lock(&self.crew.census);
        let mut workers = census.workers.iter_mut();
        if let Some(worker) = workers.find(|worker| worker.number == self.number) {
            worker.thread = Some(me);
        }
        drop(census);
        while let Some(task) = self.next(idle_for) {
            call(task, None);
            lock(&self.crew.census).unfinished -= 1;
        }
    }

    fn next(&mut self, idle_for: Duration) -> Option<Task> {
        if let Received::Item(task) = self.crew.queue.wait(idle_for) {
            return Some(task);
        }
        // Whoever sends holds the lock: what came too late for us to see comes before it or after it.
        let mut census = lock(&self.crew.census);
        let task = self.crew.queue.try_take();
        if task.is_none() {
            self.left = true;
            census.leave(self.number);
        }
        task
    }
}

impl Census {
    fn leave(&mut self, number: usize) {
        self.working -= 1;
        let mut workers = self.workers.iter_mut();
        if let Some(worker) = workers.find(|worker| worker.number == number) {
            worker.left = true;
        }
    }
}

impl Drop for Seat {
    /// It never sat down: no thread could be had. Somebody else does its work, or nobody does.
    fn drop(&mut self) {
        if self.left {
            return;
        }
        let mut census = lock(&self.crew.census);
        census.leave(self.number);
        let left_behind = match census.working {
            0 => self.crew.drain(&mut census),
            _ => Vec::new(),
        };
        drop(census);
        for task in left_behind {
            call(task, Some(Refused::NoThread));
        }
    }
}
