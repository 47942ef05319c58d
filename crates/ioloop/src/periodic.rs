use std::cell::{Cell, RefCell};
use std::fmt;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use crate::current;
use crate::interval::Grid;
use crate::io_loop::{IoLoop, Timeout};
use crate::outcome::{Outcome, watched};

type Beat = Option<Pin<Box<dyn Future<Output = ()>>>>;

/// Calls a function again and again: Tornado's `PeriodicCallback`.
///
/// The first call comes one period after [`start`](Self::start). The beats lie on a grid: one that was missed, because
/// the loop was busy, is skipped, and none comes twice. A panic is told to the
/// [exception handler](IoLoop::set_exception_handler), and the next beat comes all the same.
///
/// It goes on until it is [stopped](Self::stop), also when this is dropped.
///
/// ```
/// use std::cell::Cell;
/// use std::rc::Rc;
/// use std::time::Duration;
///
/// use ioloop::{IoLoop, PeriodicCallback, sleep};
///
/// let io_loop = IoLoop::virtual_time()?;
/// let beats = Rc::new(Cell::new(0));
/// let there = beats.clone();
/// let beat = PeriodicCallback::new(Duration::from_secs(1), move || there.set(there.get() + 1));
/// io_loop.enter(|| beat.start());
/// io_loop.block_on(sleep(Duration::from_millis(3500)));
/// assert_eq!(beats.get(), 3);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone)]
pub struct PeriodicCallback {
    shared: Rc<Shared>,
}

struct Shared {
    period: Duration,
    function: RefCell<Box<dyn FnMut() -> Beat>>,
    /// What is under way while it runs. Its number tells one start from the next.
    running: Cell<Option<u64>>,
    starts: Cell<u64>,
    timeout: Cell<Option<Timeout>>,
}

impl PeriodicCallback {
    /// Will call `function` every `period`.
    ///
    /// # Panics
    ///
    /// If `period` is zero.
    #[track_caller]
    pub fn new(period: Duration, mut function: impl FnMut() + 'static) -> Self {
        Self::made(
            period,
            Box::new(move || {
                function();
                None
            }),
        )
    }

    /// Will call `function` every `period`, and run the future that it gives. It does not overlap itself: beats that come
    /// while the last one's future is not done are skipped. (So in Tornado 6; in 4.5 it overlapped.) An error of the future
    /// is told as a panic is.
    ///
    /// # Panics
    ///
    /// If `period` is zero.
    #[track_caller]
    pub fn new_async<F>(period: Duration, mut function: impl FnMut() -> F + 'static) -> Self
    where
        F: Future<Output: Outcome> + 'static,
    {
        Self::made(
            period,
            Box::new(move || Some(Box::pin(watched(function())))),
        )
    }

    #[track_caller]
    fn made(period: Duration, function: Box<dyn FnMut() -> Beat>) -> Self {
        assert!(!period.is_zero(), "a period of no length has no end");
        let shared = Shared {
            period,
            function: RefCell::new(function),
            running: Cell::new(None),
            starts: Cell::new(0),
            timeout: Cell::new(None),
        };
        Self {
            shared: Rc::new(shared),
        }
    }

    /// Starts it on the [current](IoLoop::current) loop. Nothing happens if it runs already.
    ///
    /// # Panics
    ///
    /// As [`IoLoop::current`].
    pub fn start(&self) {
        let shared = &self.shared;
        if shared.running.get().is_some() {
            return;
        }
        let start = shared.starts.get() + 1;
        shared.starts.set(start);
        shared.running.set(Some(start));
        let io_loop = IoLoop::current();
        shared.schedule(&io_loop, Grid::new(io_loop.time(), shared.period), start);
    }

    /// Ends the calls, until it is started again; also from inside one. A future that is under way runs to its end.
    pub fn stop(&self) {
        self.shared.running.set(None);
        if let Some(timeout) = self.shared.timeout.take()
            && let Some(io_loop) = IoLoop::try_current()
        {
            io_loop.remove_timeout(timeout);
        }
    }

    /// Whether it was started, and not stopped since.
    pub fn is_running(&self) -> bool {
        self.shared.running.get().is_some()
    }
}

impl Shared {
    fn schedule(self: &Rc<Self>, io_loop: &IoLoop, mut grid: Grid, start: u64) {
        let beat = grid.next(io_loop.time());
        grid.last = beat;
        let this = self.clone();
        let timeout = io_loop.call_at(beat, move || this.beat(grid, start));
        self.timeout.set(Some(timeout));
    }

    fn beat(self: Rc<Self>, grid: Grid, start: u64) {
        if self.running.get() != Some(start) {
            return;
        }
        let mut under_way = None;
        if let Some(inner) = current::get() {
            inner.call(|| under_way = (self.function.borrow_mut())());
        }
        let next = move || {
            if self.running.get() == Some(start)
                && let Some(io_loop) = IoLoop::try_current()
            {
                self.schedule(&io_loop, grid, start);
            }
        };
        match under_way {
            None => next(),
            Some(future) => drop(executor::spawn(async move {
                future.await;
                next();
            })),
        }
    }
}

impl fmt::Debug for PeriodicCallback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PeriodicCallback")
            .field("period", &self.shared.period)
            .field("running", &self.is_running())
            .finish_non_exhaustive()
    }
}
