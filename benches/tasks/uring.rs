//! Those who wait by io_uring, each on one thread: with `--features peers`.

use std::cell::RefCell;
use std::io;

use compio::driver::{DriverType, ProactorBuilder};
use glommio::{LocalExecutor, LocalExecutorBuilder};
use monoio::{IoUringDriver, RuntimeBuilder};

use crate::contestants::Contestant;
use crate::work::WOKEN;

/// monoio, with its wakes from other threads.
pub(crate) struct Monoio(RefCell<monoio::Runtime<IoUringDriver>>);

impl Contestant for Monoio {
    const NAME: &'static str = "monoio";

    fn new() -> io::Result<Self> {
        let runtime = RuntimeBuilder::<IoUringDriver>::new().build()?;
        Ok(Self(RefCell::new(runtime)))
    }

    fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.0.borrow_mut().block_on(future)
    }

    fn spawn<F>(future: F) -> impl Future<Output = F::Output>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        monoio::spawn(future)
    }
}

/// glommio's executor for one thread.
pub(crate) struct Glommio(LocalExecutor);

impl Contestant for Glommio {
    const NAME: &'static str = "glommio";

    fn new() -> io::Result<Self> {
        Ok(Self(LocalExecutorBuilder::default().make()?))
    }

    fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.0.run(future)
    }

    fn spawn<F>(future: F) -> impl Future<Output = F::Output>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        glommio::spawn_local(future)
    }
}

/// compio, not let to fall back to polling.
pub(crate) struct Compio(compio::runtime::Runtime);

impl Contestant for Compio {
    const NAME: &'static str = "compio";

    fn new() -> io::Result<Self> {
        let mut driver = ProactorBuilder::new();
        driver.driver_type(DriverType::IoUring);
        let mut builder = compio::runtime::Runtime::builder();
        // A thread that wakes more tasks than there is room for waits until this one has taken some.
        builder.sync_queue_size(WOKEN as usize);
        builder.with_proactor(driver).build().map(Self)
    }

    fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.0.block_on(future)
    }

    fn spawn<F>(future: F) -> impl Future<Output = F::Output>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        let task = compio::runtime::spawn(future);
        async { task.await.unwrap() }
    }
}
