//! The loop itself, as its tasks, handles and callbacks see it.

use std::cell::{Cell, RefCell};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Waker;
use std::time::{Duration, Instant};

use executor::Executor;
use promise::{Error, Runner};
use reactor::Reactor;

use crate::callbacks::{Callback, Callbacks, Remote, Sent};
use crate::current;
use crate::record::Event;

type Recorder = Rc<dyn Fn(Event)>;
type OnException = Rc<dyn Fn(&Error)>;

/// So many polls of tasks are in a turn at most.
const BUDGET: usize = 64;

/// No borrow of a cell in it lasts over a call of code that is not ours.
pub(crate) struct Inner {
    pub(crate) reactor: Reactor,
    pub(crate) callbacks: Callbacks,
    pub(crate) remote: Arc<Remote>,
    /// Drives coroutines, and resumes them in the next turn.
    pub(crate) runner: Runner,
    pub(crate) executor: Executor,
    closed: Cell<bool>,
    /// The coroutine that is resumed next is resumed on the spot: its turn has come.
    resumes_now: Cell<bool>,
    runs: Cell<bool>,
    stop: Cell<bool>,
    /// Who runs the loop, to be told of a stop.
    main: Cell<Option<Waker>>,
    on_exception: RefCell<Option<OnException>>,
    recorder: RefCell<Option<Recorder>>,
    blocking: Cell<Option<Duration>>,
    woken: Cell<Option<Instant>>,
    #[cfg(unix)]
    pub(crate) handlers: crate::handlers::Handlers,
}

impl Inner {
    pub(crate) fn new(reactor: Reactor) -> Rc<Self> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let unpark = reactor.notifier();
        let executor = Executor::with_unpark(move || unpark.notify());
        let remote = Arc::new(Remote::new(number, reactor.notifier()));
        let there = remote.clone();
        Rc::new(Self {
            reactor,
            callbacks: Callbacks::default(),
            remote,
            runner: Runner::new().resume_on(move |resume| resume_in(&there, resume)),
            executor,
            closed: Cell::new(false),
            resumes_now: Cell::new(false),
            runs: Cell::new(false),
            stop: Cell::new(false),
            main: Cell::new(None),
            on_exception: RefCell::default(),
            recorder: RefCell::default(),
            blocking: Cell::new(None),
            woken: Cell::new(None),
            #[cfg(unix)]
            handlers: Default::default(),
        })
    }

    pub(crate) fn number(&self) -> u64 {
        self.remote.loop_number
    }

    /// Calls `function` with this as the loop of the thread.
    pub(crate) fn enter<T>(self: &Rc<Self>, function: impl FnOnce() -> T) -> T {
        current::enter(self, || self.enter_parts(function))
    }

    fn enter_parts<T>(&self, function: impl FnOnce() -> T) -> T {
        self.reactor.enter(|| self.executor.enter(function))
    }

    // Turns

    /// Turn after turn, until it is stopped.
    #[track_caller]
    pub(crate) fn run(self: &Rc<Self>) {
        current::run(self, || {
            let _over = self.running();
            if self.closed.get() || self.stop.take() {
                return;
            }
            self.enter_parts(|| {
                loop {
                    self.call_back();
                    self.executor.turn(BUDGET);
                    self.reactor.fire();
                    if self.stop.take() {
                        return;
                    }
                    self.poll();
                }
            });
        });
    }

    /// Turn after turn, until `future` gives its result.
    #[track_caller]
    pub(crate) fn block_on<F: Future>(self: &Rc<Self>, future: F) -> F::Output {
        current::run(self, || {
            let _over = self.running();
            assert!(!self.closed.get(), "the loop is closed");
            self.enter_parts(|| {
                self.call_back();
                self.executor.block_on_with(future, |_| {
                    self.reactor.fire();
                    self.poll();
                    self.call_back();
                })
            })
        })
    }

    fn running(&self) -> impl Drop {
        struct Over<'a>(&'a Cell<bool>);
        impl Drop for Over<'_> {
            fn drop(&mut self) {
                self.0.set(false);
            }
        }
        self.runs.set(true);
        Over(&self.runs)
    }

    /// Calls what was queued when the turn began.
    fn call_back(&self) {
        if let Some(sent) = self.remote.take() {
            for function in sent {
                self.callbacks.push(Callback::Call(function));
            }
        }
        for _ in 0..self.callbacks.len() {
            match self.callbacks.pop() {
                Some(Callback::Call(function)) => self.call(function),
                Some(Callback::Moment(promise)) => {
                    self.resumes_now.set(true);
                    promise.set(());
                    self.resumes_now.set(false);
                }
                None => return,
            }
        }
    }

    fn poll(&self) {
        if let Some(limit) = self.blocking.get() {
            self.look_at_the_clock(limit);
        }
        // Both are to know of the sleep, so that whoever has something new ends it.
        let idle =
            self.callbacks.is_empty() && self.executor.will_park() && self.remote.will_park();
        let timeout = if idle { None } else { Some(Duration::ZERO) };
        let polled = self.reactor.poll(timeout);
        if self.blocking.get().is_some() {
            self.woken.set(Some(Instant::now()));
        }
        if let Err(error) = polled {
            panic!("the system does not wait for the loop's sources: {error}");
        }
    }

    fn look_at_the_clock(&self, limit: Duration) {
        let busy = self.woken.get().map(|woken| woken.elapsed());
        if let Some(busy) = busy.filter(|busy| *busy > limit) {
            log::warn!("IOLoop blocked for {:.3} seconds", busy.as_secs_f64());
        }
    }

    pub(crate) fn stop(&self) {
        self.stop.set(true);
        if let Some(main) = self.main.take() {
            main.wake();
        }
    }

    /// Whether it is to stop: then not any more. Else `waker` is woken when it is.
    pub(crate) fn stops(&self, waker: &Waker) -> bool {
        if self.stop.take() {
            return true;
        }
        let before = self.main.replace(Some(waker.clone()));
        drop(before);
        false
    }

    // Functions of others

    /// Calls `function`; its panic ends here.
    pub(crate) fn call(&self, function: impl FnOnce()) {
        self.tell(|| Event::CallbackBegins);
        let ended = catch_unwind(AssertUnwindSafe(function));
        self.tell(|| Event::CallbackEnds);
        if let Err(panic) = ended {
            self.exception(&Error::panicked(panic));
        }
    }

    pub(crate) fn exception(&self, error: &Error) {
        let handler = self.on_exception.borrow().clone();
        match handler {
            None => log::error!("Exception in callback: {error:#}"),
            Some(handler) => {
                if let Err(panic) = catch_unwind(AssertUnwindSafe(|| handler(error))) {
                    let panic = Error::panicked(panic);
                    log::error!(
                        "Exception in callback: {panic:#}, while it was told of: {error:#}"
                    );
                }
            }
        }
    }

    pub(crate) fn set_on_exception(&self, handler: Option<OnException>) {
        drop(self.on_exception.replace(handler));
    }

    pub(crate) fn set_blocking(&self, limit: Option<Duration>) {
        self.blocking.set(limit);
        self.woken.set(limit.map(|_| Instant::now()));
    }

    fn tell(&self, event: impl FnOnce() -> Event) {
        let recorder = self.recorder.borrow().clone();
        if let Some(recorder) = recorder {
            recorder(event());
        }
    }

    pub(crate) fn record(&self, recorder: Option<Recorder>) {
        let (tasks, reactor) = match &recorder {
            None => (None, None),
            Some(recorder) => {
                let (one, two) = (recorder.clone(), recorder.clone());
                let tasks: Rc<dyn Fn(executor::Event)> =
                    Rc::new(move |event| one(Event::Task(event)));
                let reactor: Rc<dyn Fn(reactor::Event)> =
                    Rc::new(move |event| two(Event::Reactor(event)));
                (Some(tasks), Some(reactor))
            }
        };
        self.executor.record(tasks);
        self.reactor.record(reactor);
        drop(self.recorder.replace(recorder));
    }

    /// Drops all that is left, with the loop still the thread's; again while the drops add something.
    pub(crate) fn close(&self) {
        self.closed.set(true);
        self.remote.close();
        self.enter_parts(|| {
            // A panic of a task's drop goes on when the rest is closed.
            let dropped = catch_unwind(AssertUnwindSafe(|| self.executor.close()));
            self.callbacks.close();
            #[cfg(unix)]
            self.handlers.close();
            self.reactor.close();
            self.set_on_exception(None);
            drop(self.recorder.take());
            drop(self.main.take());
            if let Err(panic) = dropped
                && !std::thread::panicking()
            {
                std::panic::resume_unwind(panic);
            }
        });
    }

    /// Whether it runs, on this thread, that is, at all.
    pub(crate) fn runs(&self) -> bool {
        self.runs.get()
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed.get()
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if !self.is_closed() {
            self.close();
        }
    }
}

/// Queues the rest of a coroutine on its loop, for the next turn.
fn resume_in(remote: &Remote, resume: Sent) {
    match current::get() {
        Some(inner) if inner.number() == remote.loop_number => {
            if inner.resumes_now.take() {
                inner.call(resume);
            } else {
                inner.callbacks.push(Callback::Call(resume));
            }
        }
        _ => remote.push(resume),
    }
}

/// As [`Reactor::new`], or with a clock that is moved by hand.
pub(crate) fn reactor(virtual_time: bool) -> io::Result<Reactor> {
    match virtual_time {
        false => Reactor::new(),
        true => Reactor::virtual_time(),
    }
}
