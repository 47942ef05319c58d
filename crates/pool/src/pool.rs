use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;
use std::time::Duration;

use promise::{Error, Future, pair};

use crate::block_on::block_on;
use crate::sync::Arc;
use crate::worker::{Crew, Seat, Task};

/// What a worker's thread has to run.
pub type Body = Box<dyn FnOnce() + Send>;

/// Waits for a worker's thread to end.
pub type Join = Box<dyn FnOnce() + Send>;

type SpawnedBy = dyn Fn(&str, Body) -> Join + Send + Sync;

/// Threads that run what would block, one task a thread at a time.
///
/// Threads are spawned when they are needed: as long as there are fewer than the limit, each task gets one at once,
/// an idle one or a new one. Further tasks are queued, and run in the order in which they were submitted. A thread
/// that has had nothing to do for [`idle_for`](Pool::idle_for) leaves.
///
/// There is one owner. To submit from several places, and from tasks, share it: `Arc<Pool>`.
///
/// # The end
///
/// [`shutdown`](Pool::shutdown) *finishes* all that is queued. Dropping the pool lets the tasks that run come to
/// their ends, and *refuses* what is queued: the futures get the error [`Refused::Dropped`]. Both wait for the
/// threads to end; done by a task of this very pool, or by what goes on after it, they do not wait for its own
/// thread. They must not be done by what a task of this pool waits for: both would wait for ever.
///
/// # Panics
///
/// A task that panics leaves the panic as an error in its future, and its thread goes on. Callbacks of the future, and
/// the coroutine that waits for it, run on the pool's thread, at the end of the task.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
///
/// use pool::Pool;
/// use promise::{Future, run, wait};
///
/// #[co::coroutine(start = run, wait = wait)]
/// fn sum(pool: Arc<Pool>) -> Future<u32> {
///     let both = [pool.submit(|| 40), pool.submit(|| 2)]; // side by side
///     let [a, b] = yield_!(both)?;
///     Ok(a + b)
/// }
///
/// let pool = Arc::new(Pool::new(2));
/// let sum = sum(pool.clone());
/// # let (sender, receiver) = std::sync::mpsc::channel();
/// # sum.add_done_callback(move |sum| sender.send(*sum.as_ref().unwrap()).unwrap());
/// # assert_eq!(receiver.recv(), Ok(42));
/// ```
pub struct Pool {
    crew: Arc<Crew>,
    threads: usize,
    role: String,
    idle_for: Duration,
    /// In the place of `std::thread::Builder`.
    spawned_by: Option<Box<SpawnedBy>>,
    /// What is queued is finished and not refused.
    finishes: bool,
}

impl Pool {
    /// A pool of at most so many threads; none is spawned yet.
    ///
    /// # Panics
    ///
    /// If `threads` is 0.
    #[must_use]
    pub fn new(threads: usize) -> Pool {
        assert!(threads > 0, "a pool of no threads would never run anything");
        Pool {
            crew: Crew::new(),
            threads,
            role: "pool".to_owned(),
            idle_for: Duration::from_secs(10),
            spawned_by: None,
            finishes: false,
        }
    }

    /// What its threads are for, `pool` unless told. They are named after it: `pool-1`, `pool-2`, ...
    #[must_use]
    pub fn named(mut self, role: impl Into<String>) -> Pool {
        self.role = role.into();
        self
    }

    /// How long a thread waits for work before it leaves, 10 s unless told. With zero it leaves as soon as nothing is
    /// queued.
    #[must_use]
    pub fn idle_for(mut self, idle_for: Duration) -> Pool {
        self.idle_for = idle_for;
        self
    }

    /// How threads are spawned: `hook` gets the role and what the thread has to run, and returns how to wait for the
    /// thread. Unless told it is [`std::thread::Builder`], the names numbered.
    ///
    /// No lock is held while it is called. If it panics, or drops the body, there is no such thread: its task is left
    /// to the other threads, and if there are none, all that is queued gets the error [`Refused::NoThread`].
    ///
    /// ```
    /// use std::thread;
    ///
    /// use pool::Pool;
    ///
    /// let pool = Pool::new(1).spawned_by(|_, body| {
    ///     let small = thread::Builder::new().stack_size(128 << 10);
    ///     let thread = small.spawn(body).expect("the system refused another thread");
    ///     Box::new(move || drop(thread.join()))
    /// });
    /// let future = pool.submit(|| 1);
    /// pool.shutdown();
    /// assert_eq!(future.try_take().unwrap().unwrap(), 1);
    /// ```
    #[must_use]
    pub fn spawned_by(mut self, hook: impl Fn(&str, Body) -> Join + Send + Sync + 'static) -> Pool {
        self.spawned_by = Some(Box::new(hook));
        self
    }

    /// Runs `task` on one of the threads; the future gets what it returns, or its panic as an error.
    pub fn submit<T, F>(&self, task: F) -> Future<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        self.submit_result(move || Ok::<T, Error>(task()))
    }

    /// Runs `task` on one of the threads; the future gets what it returns, value or error, or its panic as an error.
    pub fn submit_result<T, E, F>(&self, task: F) -> Future<T>
    where
        F: FnOnce() -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: Into<Error>,
    {
        let (promise, future) = pair();
        self.add(Box::new(move |refused| match refused {
            Some(why) => promise.fail(why),
            None => match catch_unwind(AssertUnwindSafe(task)) {
                Ok(outcome) => promise.settle(outcome.map_err(Into::into)),
                Err(panic) => promise.settle(Err(Error::panicked(panic))),
            },
        }));
        future
    }

    /// Makes a future of ours of somebody else's: anything that can be awaited. One of the threads is blocked
    /// until it is done.
    ///
    /// ```
    /// let pool = pool::Pool::new(1);
    /// let future = pool.convert(async { 6 * 7 });
    /// pool.shutdown();
    /// assert_eq!(future.try_take().unwrap().unwrap(), 42);
    /// ```
    pub fn convert<F>(&self, future: F) -> Future<F::Output>
    where
        F: IntoFuture<IntoFuture: Send + 'static, Output: Send + 'static>,
    {
        let future = future.into_future();
        self.submit(move || block_on(future))
    }

    /// Finishes all that is queued, and waits for the threads to end.
    ///
    /// Called on one of its own threads it waits for the others only; what is queued is still finished.
    pub fn shutdown(mut self) {
        self.finishes = true;
    }

    fn add(&self, task: Task) {
        let Some(seat) = Crew::add(&self.crew, task, self.threads) else {
            return;
        };
        let number = seat.number;
        match catch_unwind(AssertUnwindSafe(|| self.spawn(seat))) {
            Ok(join) => self.crew.joins(number, join),
            Err(panic) => {
                let error = Error::panicked(panic);
                log::error!("no thread for a worker of {}: {error:#}", self.role);
            }
        }
    }

    fn spawn(&self, seat: Seat) -> Join {
        let (idle_for, number) = (self.idle_for, seat.number);
        let body = move || seat.work(idle_for);
        match &self.spawned_by {
            Some(hook) => hook(&self.role, Box::new(body)),
            None => spawn(format!("{}-{number}", self.role), body),
        }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.crew.close();
        if !self.finishes {
            self.crew.refuse_all(Refused::Dropped);
        }
        self.crew.join();
    }
}

fn spawn(name: String, body: impl FnOnce() + Send + 'static) -> Join {
    let thread = thread::Builder::new().name(name).spawn(body);
    let thread = thread.expect("the system refused another thread");
    Box::new(move || drop(thread.join()))
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool")
            .field("threads", &self.threads)
            .field("role", &self.role)
            .field("idle_for", &self.idle_for)
            .finish_non_exhaustive()
    }
}

/// Why a task was not run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The pool was dropped while the task was queued.
    Dropped,
    /// No thread could be spawned, and there was none.
    NoThread,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Refused::Dropped => "the pool was dropped before the task began",
            Refused::NoThread => "no thread could be had for the task",
        })
    }
}

impl std::error::Error for Refused {}
