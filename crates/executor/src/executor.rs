use std::fmt;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};

use crate::core::Core;
use crate::current;
use crate::inbox::Inbox;
use crate::join::JoinHandle;
use crate::record::{Event, TaskId};

/// So many polls are a turn, unless [`Executor::turn`] is told otherwise.
const BUDGET: usize = 64;

/// Polls tasks, on the thread that made it.
///
/// Dropping it drops every task, see [the page of the crate](crate#the-end).
///
/// ```
/// use std::rc::Rc;
///
/// let executor = executor::Executor::new();
/// let word = Rc::new("not Send"); // need not be
/// let task = executor.spawn(async move { word.len() });
/// assert_eq!(executor.block_on(task).unwrap(), 8);
/// ```
pub struct Executor {
    core: Rc<Core>,
}

impl Executor {
    /// An executor without tasks.
    ///
    /// # Panics
    ///
    /// If there are 65,536 executors in this program.
    pub fn new() -> Self {
        Self::made(None)
    }

    /// The same; when a wake from elsewhere ends a sleep that [`will_park`](Executor::will_park) has announced, or one of
    /// [`block_on`](Executor::block_on), `unpark` is called, on the waker's thread: for a reactor that sleeps in a system
    /// call.
    ///
    /// `unpark` is called at most once for each announced sleep, with no lock held. It must not block or panic.
    ///
    /// # Panics
    ///
    /// As [`new`](Executor::new).
    pub fn with_unpark(unpark: impl Fn() + Send + Sync + 'static) -> Self {
        Self::made(Some(Box::new(unpark)))
    }

    fn made(unpark: Option<Box<dyn Fn() + Send + Sync>>) -> Self {
        let core = Core::new(Arc::new(Inbox::new(unpark)));
        Self { core }
    }

    /// Adds a task to the end of the ready queue. It is first polled when its turn comes, never inside this call.
    ///
    /// # Panics
    ///
    /// If there are 67,108,863 tasks.
    pub fn spawn<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
    {
        self.core.spawn(future)
    }

    /// Polls `future` and the tasks until `future` gives its result, and sleeps while nothing is ready.
    ///
    /// `future` may borrow; it takes its place in the ready queue like a task. Tasks that are left over stay where they
    /// are, for the next `block_on` or [`turn`](Executor::turn).
    ///
    /// # Panics
    ///
    /// If an executor, this or another, runs on this thread already, or if `future` panics. A panic of a task goes to its
    /// handle.
    #[track_caller]
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.block_on_with(future, |idle| {
            if idle && !self.has_work() {
                self.core.tell(|| Event::Park);
                self.core.inbox().sleep();
                self.core.tell(|| Event::Unpark);
            }
        })
    }

    /// The same, with a place for a reactor: `between` is called after each turn of at most 64 polls that did not finish
    /// `future`, and told whether the ready queue is empty. If it is, it may sleep; before it does, it has to ask
    /// [`will_park`](Executor::will_park), which looks for wakes from elsewhere, too.
    ///
    /// ```
    /// use std::sync::mpsc::channel;
    /// use std::thread;
    ///
    /// // The reactor of this example waits for nothing but a message.
    /// let (unpark, parked) = channel();
    /// let executor = executor::Executor::with_unpark(move || unpark.send(()).unwrap());
    /// let (one, other) = promise(7);
    /// thread::spawn(one);
    /// let got = executor.block_on_with(other, |idle| {
    ///     if idle && executor.will_park() {
    ///         parked.recv().unwrap();
    ///     }
    /// });
    /// assert_eq!(got, 7);
    ///
    /// # use std::sync::{Arc, Mutex};
    /// # use std::task::{Poll, Waker};
    /// /// A function that gives, and a future that gets.
    /// fn promise(value: u32) -> (impl FnOnce() + Send, impl Future<Output = u32>) {
    ///     // ...
    /// #   let here = Arc::new(Mutex::new((None, None::<Waker>)));
    /// #   let there = here.clone();
    /// #   let give = move || {
    /// #       let mut there = there.lock().unwrap();
    /// #       there.0 = Some(value);
    /// #       let waker = there.1.take();
    /// #       drop(there);
    /// #       if let Some(waker) = waker { waker.wake() }
    /// #   };
    /// #   let get = std::future::poll_fn(move |cx| {
    /// #       let mut here = here.lock().unwrap();
    /// #       here.1 = Some(cx.waker().clone());
    /// #       here.0.map_or(Poll::Pending, Poll::Ready)
    /// #   });
    /// #   (give, get)
    /// }
    /// ```
    ///
    /// # Panics
    ///
    /// As [`block_on`](Executor::block_on), and if `between` panics.
    #[track_caller]
    pub fn block_on_with<F: Future>(&self, future: F, mut between: impl FnMut(bool)) -> F::Output {
        current::run(&self.core, || {
            let mut future = pin!(future);
            let ticket = self.core.new_main();
            let waker = ticket.waker();
            let mut polled = Poll::Pending;
            loop {
                self.core.open_letters();
                for _ in 0..BUDGET {
                    let found = self.core.poll_next(|| {
                        self.core.tell(|| Event::Poll(TaskId::from(ticket)));
                        polled = future.as_mut().poll(&mut Context::from_waker(&waker));
                        self.core.tell(|| match polled {
                            Poll::Pending => Event::Pending(ticket.into()),
                            Poll::Ready(_) => Event::Done(ticket.into()),
                        });
                    });
                    if polled.is_ready() || !found {
                        break;
                    }
                }
                if let Poll::Ready(value) = polled {
                    return value;
                }
                between(self.core.queued() == 0);
            }
        })
    }

    /// Takes in the wakes from other threads and polls what is ready, in order, at most `budget` times. Gives the number
    /// of polls. Does not sleep.
    ///
    /// What a poll makes ready is polled in the same turn, if the budget allows; so a task that wakes itself each time
    /// uses the budget up, and the caller gets to its timers and its I/O all the same.
    ///
    /// ```
    /// let executor = executor::Executor::new();
    /// drop(executor.spawn(async {
    ///     loop {
    ///         executor::yield_now().await;
    ///     }
    /// }));
    /// assert_eq!(executor.turn(10), 10);
    /// assert!(executor.has_work());
    /// ```
    ///
    /// # Panics
    ///
    /// If an executor runs on this thread already.
    #[track_caller]
    pub fn turn(&self, budget: usize) -> usize {
        current::run(&self.core, || {
            self.core.open_letters();
            let mut polls = 0;
            while polls < budget {
                let mut main = false;
                if !self.core.poll_next(|| main = true) {
                    break;
                }
                // A late wake for a `block_on` that is over.
                polls += usize::from(!main);
            }
            polls
        })
    }

    /// Whether something is ready, woken here or elsewhere: a turn would find work.
    pub fn has_work(&self) -> bool {
        self.core.queued() > 0 || !self.core.inbox().is_empty()
    }

    /// Announces that this thread is about to sleep until `unpark` is called. False if there is work: then it must not.
    ///
    /// A wake that comes after this question finds the sleep announced, and calls `unpark`; one that came before makes
    /// the answer false. The announcement holds until the next turn.
    pub fn will_park(&self) -> bool {
        self.core.queued() == 0 && self.core.inbox().fall_asleep()
    }

    /// Calls `function` with this as the current executor of the thread: [`spawn`] means this one, and tickets
    /// presented meanwhile take the short way into the ready queue. Nothing is polled.
    pub fn enter<T>(&self, function: impl FnOnce() -> T) -> T {
        current::enter(&self.core, function)
    }

    /// Drops every task, as the drop of the executor does, see [the page of the crate](crate#the-end). From now on it
    /// takes none: what is spawned is dropped at once, and its handle says that it was cancelled.
    ///
    /// ```
    /// let executor = executor::Executor::new();
    /// let task = executor.spawn(std::future::pending::<()>());
    /// executor.close();
    /// assert!(executor.block_on(task).unwrap_err().is_cancelled());
    /// assert!(executor.spawn(async {}).is_finished());
    /// ```
    ///
    /// # Panics
    ///
    /// If it runs. With the first panic of a task's drop, after all are dropped, unless the thread panics already.
    pub fn close(&self) {
        assert!(
            !current::runs(&self.core),
            "an executor that runs cannot be closed"
        );
        current::enter(&self.core, || self.core.close());
    }

    /// How many tasks are not over, the one that is polled now included.
    pub fn tasks(&self) -> usize {
        self.core.tasks()
    }

    /// How many entries the ready queue has: each task at most one.
    pub fn queued(&self) -> usize {
        self.core.queued()
    }

    /// From now on `recorder` is told of each [`Event`], in the moment it happens, on this thread; `None` ends that.
    /// While nobody records it costs one look at a flag.
    ///
    /// The recorder must not panic.
    pub fn record(&self, recorder: Option<Rc<dyn Fn(Event)>>) {
        self.core.set_recorder(recorder);
    }
}

/// What the models in tests/loom.rs look at.
#[cfg(loom)]
impl Executor {
    #[doc(hidden)]
    pub fn letters(&self) -> usize {
        self.core.inbox().len()
    }

    #[doc(hidden)]
    pub fn counts_letters(&self) -> impl Fn() -> usize + use<> {
        let inbox = self.core.inbox().clone();
        move || inbox.len()
    }
}

impl Default for Executor {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Executor {
    /// Drops every task.
    ///
    /// # Panics
    ///
    /// With the first panic of a task's drop, after all are dropped, unless the thread panics already.
    fn drop(&mut self) {
        current::enter(&self.core, || self.core.close());
    }
}

impl fmt::Debug for Executor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Executor")
            .field("tasks", &self.tasks())
            .field("queued", &self.queued())
            .finish_non_exhaustive()
    }
}

/// Runs `future` on an executor of its own, together with the tasks that it [spawns](spawn), until it gives its result.
/// Tasks that are left over are dropped.
///
/// ```
/// let words = String::from("borrowed");
/// assert_eq!(executor::block_on(async { words.len() }), 8);
/// ```
///
/// # Panics
///
/// If an executor runs on this thread already, or if `future` panics, or the drop of a task that is left over.
#[track_caller]
pub fn block_on<F: Future>(future: F) -> F::Output {
    Executor::new().block_on(future)
}

/// Adds a task to the current executor of this thread, see [`Executor::spawn`]. While an executor is dropped it takes no
/// tasks: the future is dropped at once, and the handle says that it was cancelled.
///
/// # Panics
///
/// If no executor runs on this thread and none was [entered](Executor::enter).
#[track_caller]
pub fn spawn<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future + 'static,
{
    let Some(core) = current::get() else {
        panic!(
            "`spawn` was called where no executor runs: use it inside `block_on`, or `Executor::spawn`"
        );
    };
    core.spawn(future)
}
