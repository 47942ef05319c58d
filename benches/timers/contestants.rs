//! Those who keep timers, all but one of them on one thread.

use std::io;
use std::time::Instant;

use async_executor::LocalExecutor;
use ioloop::IoLoop;
use tokio::runtime::{Builder, Runtime};

use crate::cost::{Kind, Ours, Peer};
use crate::{Plan, sleepers};

/// Who keeps timers, and tasks that wait for them.
pub(crate) trait Contestant: Sized + 'static {
    const KIND: Kind = Peer;
    const NAME: &str;

    /// How many wakers of one task there may be.
    const WAKERS: usize = usize::MAX;

    /// An error where it cannot run.
    fn new() -> io::Result<Self>;

    /// As many timers may be polled in one poll as one likes.
    fn block_on<F: Future>(&self, future: F) -> F::Output;

    fn sleep_until(deadline: Instant) -> impl Future<Output = ()> + 'static;

    /// Adds a task that sleeps, and gives what the task then says of its deadline.
    fn sleeper<T: Send + 'static>(
        deadline: Instant,
        says: fn(Instant) -> T,
    ) -> impl Future<Output = T> + 'static;

    /// Has so many of them sleep, all at once.
    fn sleepers<T: Send + 'static>(&self, plan: Plan, says: fn(Instant) -> T) -> Vec<T> {
        self.block_on(sleepers::<Self, T>(plan, says))
    }
}

/// The task. Whether it is `Send` is up to the timer.
macro_rules! sleeps {
    ($deadline:ident, $says:ident) => {
        async move {
            Self::sleep_until($deadline).await;
            $says($deadline)
        }
    };
}

#[cfg(feature = "peers")]
pub(crate) use sleeps;

impl Contestant for IoLoop {
    const KIND: Kind = Ours;
    const NAME: &str = "ioloop";

    fn new() -> io::Result<Self> {
        IoLoop::new()
    }

    fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.block_on(future)
    }

    fn sleep_until(deadline: Instant) -> impl Future<Output = ()> + 'static {
        ioloop::sleep_until(deadline)
    }

    fn sleeper<T: Send + 'static>(
        deadline: Instant,
        says: fn(Instant) -> T,
    ) -> impl Future<Output = T> + 'static {
        let task = ioloop::spawn(sleeps!(deadline, says));
        async { task.await.expect("it neither panics nor is aborted") }
    }
}

/// tokio's runtime for one thread.
pub(crate) struct Tokio(Runtime);

impl Contestant for Tokio {
    const NAME: &str = "tokio, current thread";

    fn new() -> io::Result<Self> {
        Builder::new_current_thread()
            .enable_time()
            .build()
            .map(Self)
    }

    fn block_on<F: Future>(&self, future: F) -> F::Output {
        // Else a task that polls 128 timers at once is sent to the end of the queue.
        self.0.block_on(tokio::task::unconstrained(future))
    }

    fn sleep_until(deadline: Instant) -> impl Future<Output = ()> + 'static {
        tokio::time::sleep_until(deadline.into())
    }

    fn sleeper<T: Send + 'static>(
        deadline: Instant,
        says: fn(Instant) -> T,
    ) -> impl Future<Output = T> + 'static {
        let task = tokio::spawn(sleeps!(deadline, says));
        async { task.await.expect("it neither panics nor is aborted") }
    }
}

/// tokio's runtime for many threads, with two of them.
pub(crate) struct TokioMany(Runtime);

impl Contestant for TokioMany {
    const NAME: &str = "tokio, multi-thread";

    fn new() -> io::Result<Self> {
        let mut builder = Builder::new_multi_thread();
        builder.worker_threads(2).enable_time().build().map(Self)
    }

    fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.0.block_on(tokio::task::unconstrained(future))
    }

    fn sleep_until(deadline: Instant) -> impl Future<Output = ()> + 'static {
        Tokio::sleep_until(deadline)
    }

    fn sleeper<T: Send + 'static>(
        deadline: Instant,
        says: fn(Instant) -> T,
    ) -> impl Future<Output = T> + 'static {
        Tokio::sleeper(deadline, says)
    }

    fn sleepers<T: Send + 'static>(&self, plan: Plan, says: fn(Instant) -> T) -> Vec<T> {
        // From a task, as in a program: `block_on` itself is outside of its threads.
        let task = self.0.spawn(sleepers::<Self, T>(plan, says));
        self.0
            .block_on(task)
            .expect("it neither panics nor is aborted")
    }
}

thread_local! {
    static EXECUTOR: &'static LocalExecutor<'static> = Box::leak(Box::default());
}

pub(crate) struct AsyncIo;

impl Contestant for AsyncIo {
    const NAME: &str = "async-io and async-executor";

    fn new() -> io::Result<Self> {
        Ok(AsyncIo)
    }

    fn block_on<F: Future>(&self, future: F) -> F::Output {
        let executor = EXECUTOR.with(|executor| *executor);
        async_io::block_on(executor.run(future))
    }

    fn sleep_until(deadline: Instant) -> impl Future<Output = ()> + 'static {
        let timer = async_io::Timer::at(deadline);
        async {
            timer.await;
        }
    }

    fn sleeper<T: Send + 'static>(
        deadline: Instant,
        says: fn(Instant) -> T,
    ) -> impl Future<Output = T> + 'static {
        EXECUTOR.with(|executor| executor.spawn(sleeps!(deadline, says)))
    }
}
