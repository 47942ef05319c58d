//! Those who wait by io_uring, each on one thread: with `--features peers`.

use std::cell::RefCell;
use std::io;
use std::time::Instant;

use compio::runtime::Runtime;
use glommio::LocalExecutor;
use glommio::timer::Timer;
use monoio::IoUringDriver;
use monoio::time::TimeDriver;

use crate::contestants::{Contestant, sleeps};
use crate::cost::uring;

pub(crate) struct Monoio(RefCell<monoio::Runtime<TimeDriver<IoUringDriver>>>);

impl Contestant for Monoio {
    const NAME: &str = "monoio";

    fn new() -> io::Result<Self> {
        let builder = uring::monoio().enable_timer();
        let runtime = builder.build().map_err(uring::refused)?;
        Ok(Self(RefCell::new(runtime)))
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

/// Its timers are told how long, not until when.
pub(crate) struct Glommio(LocalExecutor);

impl Contestant for Glommio {
    const NAME: &str = "glommio";

    const WAKERS: usize = i16::MAX as usize;

    fn new() -> io::Result<Self> {
        uring::glommio().map(Self)
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

pub(crate) struct Compio(Runtime);

impl Contestant for Compio {
    const NAME: &str = "compio";

    fn new() -> io::Result<Self> {
        uring::compio().map(Self)
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
