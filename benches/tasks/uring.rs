//! Those who wait by io_uring, each on one thread: with `--features peers`.

use std::cell::RefCell;
use std::io;

use compio::runtime::Runtime;
use glommio::LocalExecutor;
use monoio::IoUringDriver;

use crate::contestants::Contestant;
use crate::cost::uring;

pub(crate) struct Monoio(RefCell<monoio::Runtime<IoUringDriver>>);

impl Contestant for Monoio {
    const NAME: &'static str = "monoio";

    fn new() -> io::Result<Self> {
        let runtime = uring::monoio().build().map_err(uring::refused)?;
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

pub(crate) struct Glommio(LocalExecutor);

impl Contestant for Glommio {
    const NAME: &'static str = "glommio";

    fn new() -> io::Result<Self> {
        uring::glommio().map(Self)
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

pub(crate) struct Compio(Runtime);

impl Contestant for Compio {
    const NAME: &'static str = "compio";

    fn new() -> io::Result<Self> {
        uring::compio().map(Self)
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
