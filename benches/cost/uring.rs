//! How runtimes that wait by io_uring are made, or why they cannot be.

use std::io;

use compio::driver::{DriverType, ProactorBuilder};
use compio::runtime::Runtime;
use glommio::{LocalExecutor, LocalExecutorBuilder};
use monoio::{IoUringDriver, RuntimeBuilder};

/// monoio's, with wakes from other threads.
pub(crate) fn monoio() -> RuntimeBuilder<IoUringDriver> {
    RuntimeBuilder::new()
}

/// Says what it was that the system refused.
pub(crate) fn refused(why: io::Error) -> io::Error {
    io::Error::new(why.kind(), format!("no io_uring here: {why}"))
}

/// glommio's executor for one thread.
pub(crate) fn glommio() -> io::Result<LocalExecutor> {
    // Where the kernel refuses io_uring this one panics; monoio says so.
    monoio().build().map_err(refused)?;
    Ok(LocalExecutorBuilder::default().make()?)
}

/// compio's, not let to fall back to polling.
pub(crate) fn compio() -> io::Result<Runtime> {
    let mut driver = ProactorBuilder::new();
    driver.driver_type(DriverType::IoUring);
    let mut builder = Runtime::builder();
    // A thread that wakes more tasks than there is room for waits until this one has taken some; nobody wakes so many.
    builder.sync_queue_size(1_024);
    builder.with_proactor(driver).build().map_err(refused)
}
