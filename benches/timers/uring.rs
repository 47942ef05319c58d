//! Those who wait by io_uring, each on one thread: with `--features peers`.

use std::cell::RefCell;
use std::io;
use std::time::Instant;

use compio::driver::{DriverType, ProactorBuilder};
use glommio::timer::Timer;
use glommio::{LocalExecutor, LocalExecutorBuilder};
use monoio::time::TimeDriver;
use monoio::{IoUringDriver, RuntimeBuilder};

use crate::contestants::{Contestant, sleeps};

/// monoio, with its wakes from other threads.
pub(crate) struct Monoio(RefCell<monoio::Runtime<TimeDriver<IoUringDriver>>>);

impl Contestant for Monoio {
    const NAME: &str = "monoio";

    fn new() -> io::Result<Self> {
        let builder = RuntimeBuilder::<IoUringDriver>::new().enable_timer();
        Ok(Self(RefCell::new(builder.build()?)))
    }

    fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.0.borrow_mut().block_on(future)
    }

    fn sleep_until(deadline: Instant) -> impl Future<Output = ()> + 'static {
        monoio::time::sleep_until(deadline.into())
    }

    fn sleeper<T: Send + 'static>(
        deadline: Instant,
        says: fn(Instant) -> T,
    ) -> impl Future<Output = T> + 'static {
        monoio::spawn(sleeps!(deadline, says))
    }
}

/// glommio's executor for one thread. Its timers are told how long, not until when.
pub(crate) struct Glommio(LocalExecutor);

impl Contestant for Glommio {
    const NAME: &str = "glommio";

    fn new() -> io::Result<Self> {
        Ok(Self(LocalExecutorBuilder::default().make()?))
    }

    fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.0.run(future)
    }

    fn sleep_until(deadline: Instant) -> impl Future<Output = ()> + 'static {
        let timer = Timer::new(deadline.saturating_duration_since(Instant::now()));
        async {
            timer.await;
        }
    }

    fn sleeper<T: Send + 'static>(
        deadline: Instant,
        says: fn(Instant) -> T,
    ) -> impl Future<Output = T> + 'static {
        glommio::spawn_local(sleeps!(deadline, says))
    }
}

/// compio, not let to fall back to polling.
pub(crate) struct Compio(compio::runtime::Runtime);

impl Contestant for Compio {
    const NAME: &str = "compio";

    fn new() -> io::Result<Self> {
        let mut driver = ProactorBuilder::new();
        driver.driver_type(DriverType::IoUring);
        let mut builder = compio::runtime::Runtime::builder();
        builder.with_proactor(driver).build().map(Self)
    }

    fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.0.block_on(future)
    }

    fn sleep_until(deadline: Instant) -> impl Future<Output = ()> + 'static {
        compio::runtime::time::sleep_until(deadline)
    }

    fn sleeper<T: Send + 'static>(
        deadline: Instant,
        says: fn(Instant) -> T,
    ) -> impl Future<Output = T> + 'static {
        let task = compio::runtime::spawn(sleeps!(deadline, says));
        async { task.await.expect("it neither panics nor is aborted") }
    }
}
