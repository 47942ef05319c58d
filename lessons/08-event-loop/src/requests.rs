//! The requests as tasks of a loop, and what the loop does told as their story.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use executor::{Event as OfTask, TaskId};
use ioloop::{Event, IoLoop, JoinHandle};
use timeline::{holds, serves, tell};

/// A loop whose tasks are requests: when a poll of one ends and it waits for the first time, "A suspended" is told, if its
/// name is A. How often its I/O has to wait inside that, for an address, a connection, the rest of a reply, is not told.
#[derive(Debug)]
pub struct Requests {
    io_loop: IoLoop,
    /// Those that are not over.
    waiting: Rc<RefCell<HashMap<TaskId, Request>>>,
}

#[derive(Debug)]
struct Request {
    name: &'static str,
    /// Of its future.
    bytes: usize,
    suspended: Cell<bool>,
}

impl Requests {
    /// Nobody yet, on `io_loop`, whose [recorder](IoLoop::record) it takes.
    #[must_use]
    pub fn on(io_loop: IoLoop) -> Requests {
        let waiting = Rc::<RefCell<HashMap<TaskId, Request>>>::default();
        let requests = waiting.clone();
        io_loop.record(Some(Rc::new(move |event| match event {
            Event::Task(OfTask::Poll(task)) => {
                if let Some(request) = requests.borrow().get(&task) {
                    serves(request.name);
                }
            }
            Event::Task(OfTask::Pending(task)) => {
                if let Some(request) = requests.borrow().get(&task)
                    && !request.suspended.replace(true)
                {
                    tell(format!("{} suspended", request.name));
                    holds(request.bytes);
                }
            }
            Event::Task(OfTask::Done(task)) => drop(requests.borrow_mut().remove(&task)),
            _ => {}
        })));
        Requests { io_loop, waiting }
    }

    /// Adds a request to the end of the ready queue. Nothing of it runs inside this call.
    ///
    /// # Panics
    ///
    /// If the loop is closed.
    pub fn spawn<F>(&self, name: &'static str, request: F) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
    {
        let bytes = size_of_val(&request);
        let handle = self.io_loop.spawn(request);
        let suspended = Cell::new(false);
        let request = Request {
            name,
            bytes,
            suspended,
        };
        self.waiting.borrow_mut().insert(handle.id(), request);
        handle
    }

    /// Runs the loop until `future` gives its result.
    ///
    /// # Panics
    ///
    /// If a loop runs on this thread already, or if `future` panics.
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.io_loop.block_on(future)
    }
}

impl Drop for Requests {
    fn drop(&mut self) {
        self.io_loop.record(None);
    }
}
