//! Those who run tasks, all but one of them on one thread.

use std::cell::RefCell;
use std::io;

use futures::executor::{LocalPool, LocalSpawner};
use futures::task::LocalSpawnExt;
use tokio::runtime::{Builder, LocalRuntime, Runtime};
use tokio::task::LocalSet;

use crate::cost::{Kind, Ours, Peer};
use crate::work;

/// An executor. The tasks of the benches are `Send`, so that everybody takes them.
pub(crate) trait Contestant: Sized + 'static {
    const KIND: Kind = Peer;
    const NAME: &'static str;

    /// An error where it cannot run.
    fn new() -> io::Result<Self>;

    /// Runs the tasks until `future` is done.
    fn block_on<F: Future>(&self, future: F) -> F::Output;

    /// Adds a task, inside `block_on`, and gives what awaits it.
    fn spawn<F>(future: F) -> impl Future<Output = F::Output>
    where
        F: Future<Output: Send> + Send + 'static;

    /// Spawns so many tasks, and then awaits them.
    fn at_once(&self, tasks: u64) {
        self.block_on(work::at_once::<Self>(tasks));
    }
}

impl Contestant for executor::Executor {
    const KIND: Kind = Ours;
    const NAME: &'static str = "executor";

    fn new() -> io::Result<Self> {
        Ok(executor::Executor::new())
    }

    fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.block_on(future)
    }

    fn spawn<F>(future: F) -> impl Future<Output = F::Output>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        let task = executor::spawn(future);
        async { task.await.unwrap() }
    }
}

/// tokio's scheduler for one thread, with tasks that are `Send`.
pub(crate) struct TokioSend(Runtime);

impl Contestant for TokioSend {
    const NAME: &'static str = "tokio, current thread";

    fn new() -> io::Result<Self> {
        Builder::new_current_thread().build().map(Self)
    }

    fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.0.block_on(future)
    }

    fn spawn<F>(future: F) -> impl Future<Output = F::Output>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        let task = tokio::spawn(future);
        async { task.await.unwrap() }
    }
}

/// The same runtime for tasks that need not be `Send`.
pub(crate) struct TokioLocal(LocalRuntime);

impl Contestant for TokioLocal {
    const NAME: &'static str = "tokio, LocalRuntime";

    fn new() -> io::Result<Self> {
        let options = Default::default();
        Builder::new_current_thread().build_local(options).map(Self)
    }

    fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.0.block_on(future)
    }

    fn spawn<F>(future: F) -> impl Future<Output = F::Output>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        let task = tokio::task::spawn_local(future);
        async { task.await.unwrap() }
    }
}

/// tokio's older way to tasks that need not be `Send`.
pub(crate) struct TokioSet(Runtime, LocalSet);

impl Contestant for TokioSet {
    const NAME: &'static str = "tokio, LocalSet";

    fn new() -> io::Result<Self> {
        let runtime = Builder::new_current_thread().build()?;
        Ok(Self(runtime, LocalSet::new()))
    }

    fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.1.block_on(&self.0, future)
    }

    fn spawn<F>(future: F) -> impl Future<Output = F::Output>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        TokioLocal::spawn(future)
    }
}

/// tokio's scheduler for many threads, with two of them, as its users have it where there are two cores.
pub(crate) struct TokioMany(Runtime);

impl TokioMany {
    /// Does the work in a task, as what a program does with it is in tasks: `block_on` itself is outside of its threads.
    pub(crate) fn work<F>(&self, work: F) -> F::Output
    where
        F: Future<Output: Send> + Send + 'static,
    {
        self.0.block_on(async { Self::spawn(work).await })
    }
}

impl Contestant for TokioMany {
    const NAME: &'static str = "tokio, multi-thread";

    fn new() -> io::Result<Self> {
        let mut builder = Builder::new_multi_thread();
        builder.worker_threads(2).build().map(Self)
    }

    fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.0.block_on(future)
    }

    fn spawn<F>(future: F) -> impl Future<Output = F::Output>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        TokioSend::spawn(future)
    }

    fn at_once(&self, tasks: u64) {
        self.work(work::at_once::<Self>(tasks));
    }
}

thread_local! {
    /// async-executor has no current executor of its own.
    static SMOL: async_executor::LocalExecutor<'static> = const { async_executor::LocalExecutor::new() };
    /// Nor has futures.
    static SPAWNER: RefCell<Option<LocalSpawner>> = const { RefCell::new(None) };
}

/// async-executor, which is also smol's.
pub(crate) struct AsyncExecutor;

impl Contestant for AsyncExecutor {
    const NAME: &'static str = "async-executor";

    fn new() -> io::Result<Self> {
        Ok(Self)
    }

    fn block_on<F: Future>(&self, future: F) -> F::Output {
        SMOL.with(|executor| futures_lite::future::block_on(executor.run(future)))
    }

    fn spawn<F>(future: F) -> impl Future<Output = F::Output>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        SMOL.with(|executor| executor.spawn(future))
    }
}

/// The executor of the futures crate.
pub(crate) struct Pool(RefCell<LocalPool>);

impl Contestant for Pool {
    const NAME: &'static str = "futures, LocalPool";

    fn new() -> io::Result<Self> {
        Ok(Self(RefCell::default()))
    }

    fn block_on<F: Future>(&self, future: F) -> F::Output {
        let mut pool = self.0.borrow_mut();
        SPAWNER.set(Some(pool.spawner()));
        pool.run_until(future)
    }

    fn spawn<F>(future: F) -> impl Future<Output = F::Output>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        let spawner = SPAWNER.with_borrow(Clone::clone).expect("inside block_on");
        spawner.spawn_local_with_handle(future).unwrap()
    }
}
