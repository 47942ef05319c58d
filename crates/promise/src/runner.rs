//! Drives a coroutine to its end.

use std::fmt;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;

use co::{Coroutine, CoroutineState};

use crate::state::shielded;
use crate::wait::lend;
use crate::{Error, Future, Promise, Wait, pair};

/// Runs `coroutine` and returns the future of its result; `Runner::new().run(coroutine)`.
///
/// With `#[co::coroutine(start = run, wait = wait)]` a call does this: see [`Runner::run`] for what it guarantees.
///
/// ```
/// use promise::{Future, pair, run, wait};
///
/// #[co::coroutine(start = run, wait = wait)]
/// fn greet(name: Future<String>) -> Future<String> {
///     let name = yield_!(name)?;
///     Ok(format!("hello, {name}"))
/// }
///
/// let (promise, name) = pair();
/// let greeting = greet(name); // runs up to its `yield_!`
/// promise.set("Ada".to_owned()); // runs on, in here
/// assert_eq!(greeting.try_take().unwrap().unwrap(), "hello, Ada");
/// ```
pub fn run<T, C>(coroutine: C) -> Future<T>
where
    C: Coroutine<(), Yield = Wait, Return = Result<T, Error>> + Send + 'static,
    T: Send + 'static,
{
    Runner::new().run(coroutine)
}

type ResumeOn = dyn Fn(Box<dyn FnOnce() + Send>) + Send + Sync;

/// How a coroutine is driven: where it goes on, and what is told of it.
///
/// Clones share their hooks.
#[derive(Clone, Default)]
pub struct Runner {
    resume_on: Option<Arc<ResumeOn>>,
    on_suspend: Option<Arc<dyn Fn() + Send + Sync>>,
}

impl Runner {
    /// A runner that resumes its coroutine on the thread that sets what it waits for.
    #[must_use]
    pub fn new() -> Runner {
        Runner::default()
    }

    /// Says where a suspended coroutine goes on: `hook` gets it as a closure, and sees to it that the closure is
    /// called, once, somewhere, soon. It is called on the thread that set what the coroutine waits for.
    ///
    /// If `hook` drops the closure, or panics, the coroutine is dropped where it stands, and its future gets a broken
    /// promise.
    ///
    /// ```
    /// use std::sync::mpsc;
    ///
    /// use promise::{Runner, pair, wait};
    ///
    /// let (sender, ready) = mpsc::channel();
    /// let runner = Runner::new().resume_on(move |resume| sender.send(resume).unwrap());
    /// let (promise, number) = pair();
    /// let doubled = runner.run(co::from_async(|y| async move {
    ///     let site = &co::Site { coroutine: "doubled", yields: "number", file: file!(), line: line!() };
    ///     Ok(2 * wait(y, number, site).await?)
    /// }));
    /// promise.set(21);
    /// assert!(!doubled.is_done());
    /// ready.recv().unwrap()(); // what an event loop does at its next turn
    /// assert_eq!(doubled.try_take().unwrap().unwrap(), 42);
    /// ```
    #[must_use]
    pub fn resume_on(
        mut self,
        hook: impl Fn(Box<dyn FnOnce() + Send>) + Send + Sync + 'static,
    ) -> Runner {
        self.resume_on = Some(Arc::new(hook));
        self
    }

    /// Calls `hook` just before the coroutine is put aside, on the thread that ran it. What it waits for may be done
    /// meanwhile: then the coroutine goes on at once, on this thread.
    ///
    /// If `hook` panics, the coroutine is dropped where it stands, and its future gets the panic as an error.
    #[must_use]
    pub fn on_suspend(mut self, hook: impl Fn() + Send + Sync + 'static) -> Runner {
        self.on_suspend = Some(Arc::new(hook));
        self
    }

    /// Starts `coroutine`, drives it to its end, and returns the future of its result.
    ///
    /// - It runs at the call, on this thread, up to the first wait that is not done. If it waits for nothing, the
    ///   future is done when the call returns.
    /// - A wait that is done does not suspend it, so that a coroutine over done futures runs to its end without
    ///   a pause; the stack does not grow with their number.
    /// - An error never leaves this call. What the body returns, and a panic of the body, are in the future.
    /// - The coroutine is dropped before its future is set: whoever sees the result finds its locals gone.
    /// - Dropping the future does not stop the coroutine.
    ///
    /// It cannot be resumed while it runs, nor after its end: it is moved into the closure that resumes it, which
    /// can be called once, and there is a next closure only when it has been suspended again.
    ///
    /// While it is suspended nothing keeps it but what it waits for: when that is set or dropped it is resumed.
    /// Only a coroutine that itself owns the promise of what it waits for is never resumed, and leaks.
    ///
    /// Without [`resume_on`](Runner::resume_on) a coroutine that waits for a coroutine that waits for another goes on
    /// inside the call that ended the inner one: each level uses the stack, less than 5 KiB without optimisation.
    pub fn run<T, C>(self, coroutine: C) -> Future<T>
    where
        C: Coroutine<(), Yield = Wait, Return = Result<T, Error>> + Send + 'static,
        T: Send + 'static,
    {
        let (promise, future) = pair();
        let running = Running {
            coroutine: Box::pin(coroutine),
            started: false,
            promise,
            runner: self,
        };
        running.go();
        future
    }
}

impl fmt::Debug for Runner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runner")
            .field("resume_on", &self.resume_on.is_some())
            .field("on_suspend", &self.on_suspend.is_some())
            .finish()
    }
}

/// A coroutine that nobody else can reach.
struct Running<C, T> {
    coroutine: Pin<Box<C>>,
    started: bool,
    promise: Promise<T>,
    runner: Runner,
}

/// What came of running a coroutine once.
enum Step<T> {
    Again,
    Suspended(Wait),
    Over(Result<T, Error>),
}

impl<C, T> Running<C, T>
where
    C: Coroutine<(), Yield = Wait, Return = Result<T, Error>> + Send + 'static,
    T: Send + 'static,
{
    /// Runs it until it must wait, or is over.
    fn go(mut self) {
        loop {
            match catch_unwind(AssertUnwindSafe(|| self.step())) {
                Ok(Step::Again) => {}
                Ok(Step::Suspended(wait)) => {
                    match lend(self, Running::go_on, |resume| wait.on_ready(resume)) {
                        Ok(()) => return,
                        Err(done_meanwhile) => self = done_meanwhile,
                    }
                }
                Ok(Step::Over(outcome)) => return self.end(outcome),
                Err(panic) => return self.end(Err(Error::panicked(panic))),
            }
        }
    }

    fn step(&mut self) -> Step<T> {
        let coroutine = self.coroutine.as_mut();
        let state = match mem::replace(&mut self.started, true) {
            false => coroutine.start(),
            true => coroutine.resume(()),
        };
        match state {
            CoroutineState::Yielded(wait) if wait.is_ready() => Step::Again,
            CoroutineState::Yielded(wait) => {
                if let Some(hook) = &self.runner.on_suspend {
                    hook();
                }
                Step::Suspended(wait)
            }
            CoroutineState::Complete(outcome) => Step::Over(outcome),
        }
    }

    /// What it waited for is done.
    fn go_on(self) {
        match self.runner.resume_on.clone() {
            None => self.go(),
            Some(hook) => hook(Box::new(move || self.go())),
        }
    }

    fn end(self, outcome: Result<T, Error>) {
        let Running {
            coroutine, promise, ..
        } = self;
        shielded(|| drop(coroutine));
        promise.settle(outcome);
    }
}
