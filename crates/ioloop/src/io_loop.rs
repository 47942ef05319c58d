use std::fmt;
use std::io;
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::{Duration, Instant};

use executor::JoinHandle;
use promise::Error;
use reactor::{Batch, Then};

use crate::callbacks::Callback;
use crate::current;
use crate::deadline::Deadline;
use crate::handle::Handle;
use crate::inner::{Inner, reactor};
use crate::outcome::{Outcome, watched};
use crate::record::Event;

/// One thread's loop: it calls callbacks, polls tasks, and waits for sockets and timers. Tornado's `IOLoop`.
///
/// Clones are the same loop. It [closes](IoLoop::close) when the last of them is dropped, so do not give one to what the
/// loop itself keeps, a callback or a task: there ask for the [current](IoLoop::current) one.
///
/// ```
/// use std::time::Duration;
///
/// use ioloop::IoLoop;
///
/// let io_loop = IoLoop::new()?;
/// io_loop.add_callback(|| println!("soon"));
/// io_loop.call_later(Duration::from_millis(1), || IoLoop::current().stop());
/// io_loop.run(); // until it is stopped
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone)]
pub struct IoLoop {
    pub(crate) inner: Rc<Inner>,
}

impl IoLoop {
    /// A loop that has nothing to do yet.
    ///
    /// # Errors
    ///
    /// What the system says, such as that there are too many open files: it takes three or four of them.
    pub fn new() -> io::Result<Self> {
        let inner = Inner::new(reactor(false)?);
        Ok(Self { inner })
    }

    /// A loop for tests, whose clock stands still while there is anything to do, and jumps to the next deadline where
    /// the loop would sleep. See [`Reactor::virtual_time`](reactor::Reactor::virtual_time) for what it does not know.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let io_loop = ioloop::IoLoop::virtual_time()?;
    /// let begin = io_loop.time();
    /// io_loop.block_on(ioloop::sleep(Duration::from_secs(3600))); // takes no time
    /// assert_eq!(io_loop.time() - begin, Duration::from_secs(3600));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`new`](IoLoop::new).
    pub fn virtual_time() -> io::Result<Self> {
        let inner = Inner::new(reactor(true)?);
        Ok(Self { inner })
    }

    /// The loop that runs on this thread, or was [made current](IoLoop::make_current) there; if there is none, a new one
    /// is made current. So each thread has its own.
    ///
    /// # Panics
    ///
    /// If a new one cannot be made, see [`new`](IoLoop::new).
    pub fn current() -> Self {
        Self::try_current().unwrap_or_else(|| {
            let new = Self::new().expect("a loop needs some files to be open");
            new.make_current();
            new
        })
    }

    /// The same, if there is one.
    pub fn try_current() -> Option<Self> {
        current::get().map(|inner| Self { inner })
    }

    /// From now on this is the [current](IoLoop::current) loop of the thread, until the thread ends, or another is made
    /// so. A loop that runs is the current one meanwhile in any case.
    pub fn make_current(&self) {
        drop(current::set(Some(self.inner.clone())));
    }

    /// Calls `function` with this as the current loop: [`sleep`](crate::sleep), [`spawn`](crate::spawn), and sockets that
    /// are made in it, are this loop's. It makes no turn.
    ///
    /// ```
    /// use ioloop::{IoLoop, TcpListener};
    ///
    /// let io_loop = IoLoop::new()?;
    /// let listener = io_loop.enter(|| TcpListener::bind("127.0.0.1:0"))?;
    /// println!("listens at {}", listener.local_addr()?);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn enter<T>(&self, function: impl FnOnce() -> T) -> T {
        self.inner.enter(function)
    }

    // Running

    /// Runs until it is [stopped](IoLoop::stop). If it was stopped before, it returns at once. Tornado's `start`.
    ///
    /// # Panics
    ///
    /// If a loop, this or another, runs on this thread already. If the system refuses to wait.
    #[track_caller]
    pub fn run(&self) {
        self.inner.run();
    }

    /// Has [`run`](IoLoop::run) return, after the callbacks, tasks and timers of this turn, before it waits. If it does
    /// not run, the next `run` or [`run_sync`](IoLoop::run_sync) ends at once.
    ///
    /// What is left stays, and goes on when the loop runs again.
    pub fn stop(&self) {
        self.inner.stop();
    }

    /// Calls `function`, and runs until the future that it gives is done; gives its result.
    ///
    /// `function` is called in the loop, and may be an `async` closure, or a coroutine. It and its future may borrow.
    ///
    /// ```
    /// use ioloop::{IoLoop, NotDone};
    ///
    /// let word = String::from("borrowed");
    /// let length = IoLoop::current().run_sync(None, async || word.len());
    /// assert_eq!(length, Ok(8));
    ///
    /// let second = std::time::Duration::from_secs(1);
    /// let io_loop = IoLoop::virtual_time()?;
    /// let never = io_loop.run_sync(Some(second), std::future::pending::<()>);
    /// assert_eq!(never, Err(NotDone::TimedOut));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`NotDone`]: `timeout` has passed, or the loop was stopped. The future is dropped then.
    ///
    /// # Panics
    ///
    /// As [`run`](IoLoop::run), if the loop is closed, and where `function` or its future does.
    #[track_caller]
    pub fn run_sync<F: Future>(
        &self,
        timeout: Option<Duration>,
        function: impl FnOnce() -> F,
    ) -> Result<F::Output, NotDone> {
        let inner = self.inner.clone();
        let deadline = timeout.map(|timeout| inner.reactor.after(timeout));
        self.inner.block_on(async move {
            let mut future = pin!(function());
            let mut deadline = pin!(deadline.map(reactor::sleep_until));
            std::future::poll_fn(move |cx| {
                if let Poll::Ready(result) = future.as_mut().poll(cx) {
                    return Poll::Ready(Ok(result));
                }
                if inner.stops(cx.waker()) {
                    return Poll::Ready(Err(NotDone::Stopped));
                }
                match deadline.as_mut().as_pin_mut() {
                    Some(deadline) => deadline.poll(cx).map(|()| Err(NotDone::TimedOut)),
                    None => Poll::Pending,
                }
            })
            .await
        })
    }

    /// Runs until `future` is done, and gives its result. A [`stop`](IoLoop::stop) does not end it; it is for the next
    /// [`run`](IoLoop::run).
    ///
    /// # Panics
    ///
    /// As [`run`](IoLoop::run), if the loop is closed, and where `future` does.
    #[track_caller]
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.inner.block_on(future)
    }

    /// Ends it: drops, with itself as the current loop, all tasks, callbacks, timers, and handlers with what they watch.
    /// What is added from now on is dropped at once, also by a [`Handle`]; sockets that are left give errors.
    ///
    /// # Panics
    ///
    /// If the loop runs. With the first panic of a task's drop, when all is dropped.
    pub fn close(&self) {
        assert!(!self.inner.runs(), "a loop that runs cannot be closed");
        self.inner.enter(|| self.inner.close());
    }

    // Giving it something to do

    /// Has `callback` called in the next turn. Callbacks are called in the order in which they were added; one that is
    /// added by a callback waits for the turn after, so that sockets and timers have theirs.
    ///
    /// A panic of it is told to the [exception handler](IoLoop::set_exception_handler), and the loop goes on. From other
    /// threads use a [`Handle`].
    pub fn add_callback(&self, callback: impl FnOnce() + 'static) {
        self.inner
            .callbacks
            .push(Callback::Call(Box::new(callback)));
    }

    /// What other threads have of it.
    pub fn handle(&self) -> Handle {
        Handle {
            remote: self.inner.remote.clone(),
        }
    }

    /// Adds a task. It is polled when its turn comes, at most 64 polls after the callbacks of each turn. If the loop is
    /// closed it is dropped at once, and its handle says that it was cancelled.
    pub fn spawn<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
    {
        self.inner.executor.spawn(future)
    }

    /// Has `function` called in the next turn, and the future that it gives run to its end. Nobody gets the result; an
    /// error, or a panic, is told to the [exception handler](IoLoop::set_exception_handler), however late it comes.
    ///
    /// ```
    /// # let io_loop = ioloop::IoLoop::new()?;
    /// io_loop.spawn_callback(async || {
    ///     let number: u32 = "not a number".parse()?; // logged: Exception in callback: invalid digit ...
    ///     println!("{number}");
    ///     Ok::<(), std::num::ParseIntError>(())
    /// });
    /// # io_loop.add_callback(|| ioloop::IoLoop::current().stop());
    /// # io_loop.run();
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn spawn_callback<F>(&self, function: impl FnOnce() -> F + 'static)
    where
        F: Future<Output: Outcome> + 'static,
    {
        self.add_callback(move || {
            let future = function();
            if let Some(this) = Self::try_current() {
                drop(this.spawn(watched(future)));
            }
        });
    }

    /// Has `callback` called with the outcome of `future`, in a turn after it is done.
    pub fn add_future<T: 'static>(
        &self,
        future: promise::Future<T>,
        callback: impl FnOnce(Result<T, Error>) + 'static,
    ) {
        drop(self.spawn(async move {
            let outcome = future.await;
            if let Some(this) = Self::try_current() {
                this.add_callback(move || callback(outcome));
            }
        }));
    }

    // Time

    /// What time it is.
    pub fn time(&self) -> Instant {
        self.inner.reactor.now()
    }

    /// Moves the clock of a loop with [virtual time](IoLoop::virtual_time) by hand, as if something had taken so long.
    ///
    /// # Panics
    ///
    /// If the loop has a real clock.
    pub fn advance(&self, duration: Duration) {
        self.inner.reactor.advance(duration);
    }

    /// Has `callback` called when `deadline` has come. Timers are called in the order of their deadlines, and of equal
    /// ones the one that was set first. One that is set by a timer waits for the next turn, though it be due.
    pub fn call_at(&self, deadline: Instant, callback: impl FnOnce() + 'static) -> Timeout {
        let callback = Box::new(|| {
            if let Some(inner) = current::get() {
                inner.call(callback);
            }
        });
        Timeout {
            loop_number: self.inner.number(),
            key: self.inner.reactor.call_at(deadline, callback),
        }
    }

    /// Has `callback` called when `delay` has passed (at most about 30 years). See [`call_at`](IoLoop::call_at).
    pub fn call_later(&self, delay: Duration, callback: impl FnOnce() + 'static) -> Timeout {
        self.call_at(self.inner.reactor.after(delay), callback)
    }

    /// Has `callback` called at a time ([`Instant`]), or after a while ([`Duration`]).
    pub fn add_timeout(
        &self,
        deadline: impl Into<Deadline>,
        callback: impl FnOnce() + 'static,
    ) -> Timeout {
        self.call_at(deadline.into().on(&self.inner.reactor), callback)
    }

    /// Takes back a timer: it is not called, also if it is due in this very turn. One that was called, or taken back
    /// before, is no error.
    pub fn remove_timeout(&self, timeout: Timeout) {
        if let Some(key) = timeout.key
            && timeout.loop_number == self.inner.number()
        {
            self.inner.reactor.remove_timer(key);
        }
    }

    // Watching it

    /// Tells `handler` of each panic of a callback, a timer or a handler, and of each error of what was given to
    /// [`spawn_callback`](IoLoop::spawn_callback). Without one they are logged: `Exception in callback: ...`.
    pub fn set_exception_handler(&self, handler: impl Fn(&Error) + 'static) {
        self.inner.set_on_exception(Some(Rc::new(handler)));
    }

    /// Logs a warning when a turn took longer than `limit` without waiting: something in it has blocked the loop. `None`
    /// ends that. It is told after the fact, and not by whom; see [`record`](IoLoop::record) for that.
    pub fn set_blocking_log_threshold(&self, limit: Option<Duration>) {
        self.inner.set_blocking(limit);
    }

    /// From now on `recorder` is told of each [`Event`], in the moment it happens, on this thread; `None` ends that.
    ///
    /// The recorder must not panic.
    pub fn record(&self, recorder: Option<Rc<dyn Fn(Event)>>) {
        self.inner.record(recorder);
    }

    /// From now on `hook` decides what the program sees of what is ready, in which order, and when; see
    /// [`Reactor::steer`](reactor::Reactor::steer). For tests that try every order.
    pub fn steer(&self, hook: impl FnMut(&mut Batch) -> Then + 'static) {
        self.inner.reactor.steer(hook);
    }

    /// Ends the steering.
    pub fn unsteer(&self) {
        self.inner.reactor.unsteer();
    }

    /// How many sources are registered.
    pub fn sources(&self) -> usize {
        self.inner.reactor.sources()
    }

    /// How many timers are set.
    pub fn timers(&self) -> usize {
        self.inner.reactor.timers()
    }

    /// How many tasks are not over.
    pub fn tasks(&self) -> usize {
        self.inner.executor.tasks()
    }
}

impl Drop for IoLoop {
    fn drop(&mut self) {
        // With itself as the current loop, as long as somebody has it who can be asked.
        if Rc::strong_count(&self.inner) == 1 && !self.inner.is_closed() {
            self.inner.enter(|| self.inner.close());
        }
    }
}

impl fmt::Debug for IoLoop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IoLoop")
            .field("callbacks", &self.inner.callbacks.len())
            .field("tasks", &self.tasks())
            .field("sources", &self.sources())
            .field("timers", &self.timers())
            .finish_non_exhaustive()
    }
}

/// Names a timer of a loop, to [take it back](IoLoop::remove_timeout). It goes on naming that one, and no other, after
/// the timer is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Timeout {
    loop_number: u64,
    key: Option<reactor::TimerKey>,
}

/// Why [`run_sync`](IoLoop::run_sync) has no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotDone {
    /// The time-out has passed.
    TimedOut,
    /// The loop was stopped.
    Stopped,
}

impl fmt::Display for NotDone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            NotDone::TimedOut => "the operation timed out",
            NotDone::Stopped => "the loop was stopped before it was done",
        })
    }
}

impl std::error::Error for NotDone {}

/// Runs `future` on a loop of its own, together with what it spawns, until it is done. What is left is dropped.
///
/// ```
/// use std::time::Duration;
///
/// let word = ioloop::block_on(async {
///     ioloop::sleep(Duration::from_millis(1)).await;
///     "awake"
/// });
/// assert_eq!(word, "awake");
/// ```
///
/// # Panics
///
/// If a loop runs on this thread already, or cannot be [made](IoLoop::new), and where `future` does.
#[track_caller]
pub fn block_on<F: Future>(future: F) -> F::Output {
    let io_loop = IoLoop::new().expect("a loop needs some files to be open");
    io_loop.block_on(future)
}
