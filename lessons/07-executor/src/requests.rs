//! The requests as tasks, and what the executor does told as their story.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use executor::{Event, Executor, JoinHandle, TaskId};
use timeline::{Receiver, channel, holds, tell};

/// An executor whose tasks are requests: when a poll of one ends and it waits, "A suspended" is told, if its name is A.
#[derive(Debug)]
pub struct Requests {
    executor: Executor,
    /// Those that are not over.
    waiting: Rc<RefCell<HashMap<TaskId, Request>>>,
    unparked: Receiver<()>,
}

#[derive(Clone, Copy, Debug)]
struct Request {
    name: &'static str,
    /// Of its future.
    bytes: usize,
}

impl Requests {
    /// An executor without tasks.
    #[must_use]
    pub fn new() -> Requests {
        let (unpark, unparked) = channel();
        let executor = Executor::with_unpark(move || {
            // Refused only when the executor is being dropped: then nobody sleeps.
            let _ = unpark.send(());
        });
        let waiting = Rc::<RefCell<HashMap<TaskId, Request>>>::default();
        let requests = waiting.clone();
        executor.record(Some(Rc::new(move |event| match event {
            Event::Pending(task) => {
                let request = requests.borrow().get(&task).copied();
                // What `block_on` waits for is a task, too, but no request.
                if let Some(Request { name, bytes }) = request {
                    tell(format!("{name} suspended"));
                    holds(bytes);
                }
            }
            Event::Done(task) => drop(requests.borrow_mut().remove(&task)),
            _ => {}
        })));
        Requests {
            executor,
            waiting,
            unparked,
        }
    }

    /// Adds a request to the end of the ready queue. Nothing of it runs inside this call.
    pub fn spawn<F>(&self, name: &'static str, request: F) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
    {
        let bytes = size_of_val(&request);
        let handle = self.executor.spawn(request);
        let request = Request { name, bytes };
        self.waiting.borrow_mut().insert(handle.id(), request);
        handle
    }

    /// Polls the requests and `future` until `future` gives its result.
    ///
    /// It does what [`Executor::block_on`] does, but sleeps in a channel of the story, where the explorer sees it.
    ///
    /// # Panics
    ///
    /// If an executor runs on this thread already, or if `future` panics.
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.executor.block_on_with(future, |idle| {
            if idle && self.executor.will_park() {
                self.unparked.recv().expect("the executor has the sender");
            }
        })
    }
}

impl Default for Requests {
    fn default() -> Requests {
        Requests::new()
    }
}
