//! What a pool does with tasks. Rows B9, B10, B11, C19.

use std::collections::HashSet;
use std::future::{self, Future as _};
use std::pin::Pin;
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::Duration;

use pool::{Pool, Refused};
use promise::{Error, Future, Runner, run, wait};

const FOR_EVER: Duration = Duration::MAX;

struct Unpark(thread::Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Blocks until `future` is done.
fn wait_for<T>(mut future: Future<T>) -> Result<T, Error> {
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    loop {
        match Pin::new(&mut future).poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(outcome) => return outcome,
            Poll::Pending => thread::park(),
        }
    }
}

fn name() -> String {
    thread::current().name().unwrap_or_default().to_owned()
}

#[test]
fn a_task_gives_its_value() {
    let pool = Pool::new(1);
    assert_eq!(wait_for(pool.submit(|| 6 * 7)).unwrap(), 42);
}

#[test]
fn a_task_gives_its_error() {
    let pool = Pool::new(1);
    let future = pool.submit_result(|| "x".parse::<u8>());
    let error = wait_for(future).unwrap_err();
    assert!(error.downcast_ref::<std::num::ParseIntError>().is_some());
}

/// B10: whoever submits goes on, however long the task blocks.
#[test]
fn b10_the_caller_goes_on_while_a_task_blocks() {
    let (open, gate) = mpsc::channel::<()>();
    let pool = Pool::new(1);
    let blocked = pool.submit(move || gate.recv());
    assert!(!blocked.is_done());
    open.send(()).unwrap(); // only this thread could have opened it
    wait_for(blocked).unwrap().unwrap();
}

/// As many tasks as threads run at once: each waits for the others inside.
#[test]
fn as_many_tasks_as_threads_run_side_by_side() {
    let pool = Pool::new(3);
    let meeting = Arc::new(std::sync::Barrier::new(3));
    let futures = [(); 3].map(|()| {
        let meeting = meeting.clone();
        pool.submit(move || {
            meeting.wait();
        })
    });
    for future in futures {
        wait_for(future).unwrap();
    }
}

/// Also when threads are idle and one of them has just got a task.
#[test]
fn a_task_never_waits_behind_another_while_a_thread_could_be_had() {
    for _ in 0..if cfg!(miri) { 3 } else { 200 } {
        let pool = Pool::new(2).idle_for(FOR_EVER);
        wait_for(pool.submit(|| ())).unwrap();
        let (open, gate) = mpsc::channel::<()>();
        let waits = pool.submit(move || gate.recv());
        let opens = pool.submit(move || open.send(()));
        wait_for(opens).unwrap().unwrap();
        wait_for(waits).unwrap().unwrap();
    }
}

#[test]
fn one_thread_runs_tasks_in_the_order_of_submission() {
    let pool = Pool::new(1);
    let order = Arc::new(Mutex::new(Vec::new()));
    for n in 0..100 {
        let order = order.clone();
        drop(pool.submit(move || order.lock().unwrap().push(n)));
    }
    pool.shutdown();
    assert_eq!(*order.lock().unwrap(), (0..100).collect::<Vec<_>>());
}

#[test]
fn threads_are_named_after_their_role_and_never_more_than_the_limit() {
    let pool = Pool::new(2).named("io").idle_for(FOR_EVER);
    let names: Vec<_> = (0..50).map(|_| pool.submit(name)).collect();
    let names: HashSet<_> = names.into_iter().map(|n| wait_for(n).unwrap()).collect();
    let allowed = HashSet::from(["io-1".to_owned(), "io-2".to_owned()]);
    assert!(names.is_subset(&allowed), "{names:?}");
}

#[test]
#[should_panic = "a pool of no threads would never run anything"]
fn a_pool_of_no_threads_is_refused() {
    let _ = Pool::new(0);
}

/// A hook that reports each thread's end: with no idle time, a thread leaves when nothing is queued.
#[test]
fn with_no_idle_time_a_thread_leaves_and_a_new_one_comes_for_the_next_task() {
    let (gone, ends) = mpsc::channel();
    let pool = Pool::new(1)
        .idle_for(Duration::ZERO)
        .spawned_by(move |_, body| {
            let gone = gone.clone();
            let thread = thread::spawn(move || {
                body();
                gone.send(thread::current().id()).unwrap();
            });
            Box::new(move || thread.join().unwrap())
        });
    let first = wait_for(pool.submit(|| thread::current().id())).unwrap();
    assert_eq!(ends.recv().unwrap(), first);
    let second = wait_for(pool.submit(|| thread::current().id())).unwrap();
    assert_eq!(ends.recv().unwrap(), second);
    assert_ne!(first, second);
}

#[test]
fn an_idle_thread_is_used_again() {
    let pool = Pool::new(1).idle_for(FOR_EVER);
    let first = wait_for(pool.submit(|| thread::current().id())).unwrap();
    let second = wait_for(pool.submit(|| thread::current().id())).unwrap();
    assert_eq!(first, second);
}

#[test]
fn shutdown_finishes_what_is_queued_and_joins() {
    let (open, gate) = mpsc::channel::<()>();
    let pool = Pool::new(1);
    let first = pool.submit(move || gate.recv().unwrap());
    let queued: Vec<_> = (0..10).map(|n| pool.submit(move || n)).collect();
    open.send(()).unwrap();
    pool.shutdown();
    first.try_take().unwrap().unwrap();
    let values = queued.into_iter().map(|f| f.try_take().unwrap().unwrap());
    assert_eq!(values.collect::<Vec<_>>(), (0..10).collect::<Vec<_>>());
}

#[test]
fn dropping_refuses_what_is_queued_and_lets_what_runs_end() {
    let (begun, begins) = mpsc::channel();
    let (open, gate) = mpsc::channel::<()>();
    let pool = Pool::new(1);
    let runs = pool.submit(move || {
        begun.send(()).unwrap();
        gate.recv().unwrap();
        "ended"
    });
    let queued = [pool.submit(|| ()), pool.submit(|| ())];
    begins.recv().unwrap();
    // The last one that is refused opens the gate.
    queued[1].add_done_callback(move |_| open.send(()).unwrap());
    drop(pool);
    assert_eq!(runs.try_take().unwrap().unwrap(), "ended");
    for future in queued {
        let error = future.try_take().unwrap().unwrap_err();
        assert_eq!(error.downcast_ref(), Some(&Refused::Dropped));
        assert_eq!(
            error.to_string(),
            "the pool was dropped before the task began"
        );
    }
}

/// B9: it finishes on the pool's thread; the waiter is resumed where `resume_on` says.
#[test]
fn b9_the_future_of_a_pool_can_be_yielded_and_resumed_on_this_thread() {
    let pool = Pool::new(1).named("io");
    let (sender, turns) = mpsc::channel();
    let runner = Runner::new().resume_on(move |resume| sender.send(resume).unwrap());
    let (open, gate) = mpsc::channel::<()>();
    let io = pool.submit(move || {
        gate.recv().unwrap();
        name()
    });
    let threads = runner.run(co::from_async(move |y| async move {
        let site = &co::Site {
            coroutine: "threads",
            yields: "io",
            file: file!(),
            line: line!(),
        };
        let io = wait(y, io, site).await?;
        Ok((io, name()))
    }));
    open.send(()).unwrap();
    turns.recv().unwrap()();
    let here = name();
    assert_eq!(
        threads.try_take().unwrap().unwrap(),
        ("io-1".to_owned(), here)
    );
}

/// Without `resume_on` it goes on where the task ended.
#[test]
fn b9_without_resume_on_the_waiter_goes_on_on_the_pools_thread() {
    #[co::coroutine(start = run, wait = wait)]
    fn hops(io: Future<()>) -> Future<String> {
        yield_!(io)?;
        Ok(name())
    }
    let (open, gate) = mpsc::channel::<()>();
    let pool = Pool::new(1).named("io");
    let hops = hops(pool.submit(move || gate.recv().unwrap()));
    open.send(()).unwrap();
    assert_eq!(wait_for(hops).unwrap(), "io-1");
}

/// B11: there is one kind of future. What is yielded beside a pool's may come from anywhere.
#[test]
fn b11_a_pools_future_and_a_plain_one_are_yielded_together() {
    #[co::coroutine(start = run, wait = wait)]
    fn both(plain: Future<u8>, pooled: Future<u8>) -> Future<u8> {
        let [a, b] = yield_!([plain, pooled])?;
        Ok(a + b)
    }
    let pool = Pool::new(1);
    let both = both(Future::ready(Ok(1)), pool.submit(|| 2));
    assert_eq!(wait_for(both).unwrap(), 3);
}

/// C19: somebody else's future, woken from another thread.
#[test]
fn c19_a_std_future_can_be_yielded_once_it_is_converted() {
    #[co::coroutine(start = run, wait = wait)]
    fn asks(pool: Arc<Pool>) -> Future<u32> {
        let mut asked = false;
        let theirs = future::poll_fn(move |cx| {
            if std::mem::replace(&mut asked, true) {
                return Poll::Ready(40);
            }
            let waker = cx.waker().clone();
            thread::spawn(move || waker.wake());
            Poll::Pending
        });
        let forty = yield_!(pool.convert(theirs))?;
        let two = yield_!(pool.convert(async { 2 }))?;
        Ok(forty + two)
    }
    let pool = Arc::new(Pool::new(1));
    assert_eq!(wait_for(asks(pool)).unwrap(), 42);
}

/// C19: ours can be awaited by somebody else's executor, and so by this pool's.
#[test]
fn c19_our_future_is_a_std_future() {
    let pool = Pool::new(2);
    let (promise, ours) = promise::pair();
    let awaited = pool.convert(async { ours.await.map(|n: u8| n + 1) });
    promise.set(1);
    assert_eq!(wait_for(awaited).unwrap().unwrap(), 2);
}
