//! An executor to hold in the head: a queue of the tasks that are ready, and wakers that put their tasks into it.

use std::cell::Cell;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Wake, Waker};

use timeline::{Sender, channel};

/// A future that somebody polls to its end.
pub type Task<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

struct TaskWaker {
    task: usize,
    queued: AtomicBool,
    queue: Sender<usize>,
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        if !self.queued.swap(true, Ordering::AcqRel) {
            let _ = self.queue.send(self.task); // refused when nobody polls any more
        }
    }
}

/// Polls the tasks, those that are ready, first in, first out, until all are over. Sleeps while none is ready.
///
/// All are ready at first. A waker may be called from any thread, at any time: it never polls, and when its task is over
/// it does nothing.
///
/// ```
/// use lesson_07_executor::forty_lines::run;
///
/// let (promise, future) = promise::pair();
/// run(vec![
///     Box::pin(async { assert_eq!(future.await.unwrap(), 7) }),
///     Box::pin(async { promise.set(7) }),
/// ]);
/// ```
///
/// # Panics
///
/// If a task panics. All others are dropped.
pub fn run(tasks: Vec<Task<'_>>) {
    let (queue, ready) = channel();
    let with_waker = |(task, future)| {
        let waker = Arc::new(TaskWaker {
            task,
            queued: AtomicBool::new(false),
            queue: queue.clone(),
        });
        waker.clone().wake(); // every task is ready at first
        Some((future, waker))
    };
    let mut tasks: Vec<_> = tasks.into_iter().enumerate().map(with_waker).collect();
    let mut left = tasks.len();
    while left > 0 {
        let task = ready.recv().expect("`queue` is still here");
        let Some((future, waker)) = &mut tasks[task] else {
            continue; // woken, but over
        };
        waker.queued.swap(false, Ordering::AcqRel); // first: a wake that comes in the poll counts
        let waker = Waker::from(waker.clone());
        let polled = future.as_mut().poll(&mut Context::from_waker(&waker));
        if polled.is_ready() {
            tasks[task] = None;
            left -= 1;
        }
    }
}

/// Polls one future to its end, and gives what it gave.
///
/// # Panics
///
/// If `future` panics.
pub fn block_on<F: Future>(future: F) -> F::Output {
    let result = Cell::new(None);
    run(vec![Box::pin(async { result.set(Some(future.await)) })]);
    result.into_inner().expect("`run` returns when it is set")
}
