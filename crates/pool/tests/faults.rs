//! Tasks and hooks that do the worst. Rows FC06 and FC09 for the pool.

use std::sync::{Arc, Mutex, Weak, mpsc};
use std::thread;
use std::time::Duration;

use pool::{Pool, Refused};
use promise::{Error, Future};

fn taken<T>(future: Future<T>) -> Result<T, Error> {
    match future.try_take() {
        Ok(outcome) => outcome,
        Err(future) => panic!("{future:?} is not done"),
    }
}

#[test]
fn fc09_a_task_that_panics_is_an_error_and_the_thread_goes_on() {
    let pool = Pool::new(1).idle_for(Duration::MAX);
    let bad = pool.submit(|| -> u8 { panic!("lost my way") });
    let (before, after) = (pool.submit(|| thread::current().id()), pool.submit(|| 2));
    pool.shutdown();
    assert_eq!(taken(bad).unwrap_err().panic_message(), Some("lost my way"));
    taken(before).unwrap();
    assert_eq!(taken(after).unwrap(), 2);
}

/// Panics when it is dropped.
struct Grenade;

impl Drop for Grenade {
    fn drop(&mut self) {
        panic!("in drop");
    }
}

#[test]
fn fc09_a_result_that_panics_in_drop_on_the_worker_harms_nobody() {
    let (open, gate) = mpsc::channel::<()>();
    let pool = Pool::new(1);
    let first = pool.submit(move || gate.recv().unwrap());
    drop(pool.submit(|| Grenade)); // nobody is there to take it
    let last = pool.submit(|| 3);
    open.send(()).unwrap();
    pool.shutdown();
    taken(first).unwrap();
    assert_eq!(taken(last).unwrap(), 3);
}

#[test]
fn fc09_a_refused_task_that_panics_in_drop_does_not_leave_the_pools_drop() {
    let (begun, begins) = mpsc::channel();
    let (open, gate) = mpsc::channel::<()>();
    let pool = Pool::new(1);
    let runs = pool.submit(move || {
        begun.send(()).unwrap();
        gate.recv().unwrap();
    });
    let grenade = Grenade;
    let refused = pool.submit(move || drop(grenade));
    let last = pool.submit(|| ());
    last.add_done_callback(move |_| open.send(()).unwrap());
    begins.recv().unwrap();
    drop(pool);
    taken(runs).unwrap();
    for future in [refused, last] {
        let error = taken(future).unwrap_err();
        assert_eq!(error.downcast_ref(), Some(&Refused::Dropped));
    }
}

/// FC06: a callback of a task's future, and a callback of a refused one, may do anything.
#[test]
fn fc06_callbacks_may_submit_and_panic() {
    let pool = Arc::new(Pool::new(1));
    let (said, heard) = mpsc::channel();
    let again = Arc::downgrade(&pool);
    let future = pool.submit(|| 1);
    future.add_done_callback(move |n| {
        let n = *n.as_ref().unwrap();
        if let Some(pool) = Weak::upgrade(&again) {
            let said = said.clone();
            let next = pool.submit(move || n + 1);
            next.add_done_callback(move |n| said.send(*n.as_ref().unwrap()).unwrap());
        }
        panic!("a bad callback");
    });
    assert_eq!(heard.recv(), Ok(2));
}

#[test]
fn fc06_a_task_may_submit_and_its_task_too() {
    fn submit(pool: &Arc<Pool>, depth: u32, said: mpsc::Sender<u32>) {
        let inner = pool.clone();
        drop(pool.submit(move || {
            if depth == 0 {
                said.send(0).unwrap();
            } else {
                submit(&inner, depth - 1, said);
            }
        }));
    }
    for threads in [1, 3] {
        let (said, heard) = mpsc::channel();
        let pool = Arc::new(Pool::new(threads));
        submit(&pool, 10, said);
        assert_eq!(heard.recv(), Ok(0));
    }
}

/// The last owner is a task of the pool: it does not wait for its own thread.
#[test]
fn a_pool_dropped_by_its_own_worker_does_not_wait_for_that_worker() {
    for threads in [1, 2] {
        let (said, heard) = mpsc::channel();
        let pool = Arc::new(Pool::new(threads));
        let (give, given) = mpsc::channel::<Arc<Pool>>();
        let owner = pool.submit(move || drop(given.recv().unwrap()));
        owner.add_done_callback(move |_| said.send(()).unwrap());
        give.send(pool).unwrap();
        heard.recv().unwrap();
    }
}

/// Dropped by its own worker, it still waits for the others and refuses what is queued.
#[test]
fn a_pool_dropped_by_its_own_worker_waits_for_the_others() {
    let (said, heard) = mpsc::channel();
    let (give, given) = mpsc::channel::<Arc<Pool>>();
    let (open, gate) = mpsc::channel::<()>();
    let (begun, begins) = mpsc::channel();
    let pool = Arc::new(Pool::new(2));
    let other = pool.submit(move || {
        begun.send(()).unwrap();
        gate.recv().unwrap();
    });
    let owner = pool.submit(move || {
        drop(given.recv().unwrap()); // refuses, which opens the gate; then waits for the other
        other.is_done()
    });
    begins.recv().unwrap();
    let queued = pool.submit(|| ());
    queued.add_done_callback(move |_| open.send(()).unwrap());
    owner.add_done_callback(move |done| said.send(*done.as_ref().unwrap()).unwrap());
    give.send(pool).unwrap();
    assert_eq!(heard.recv(), Ok(true));
    let error = taken(queued).unwrap_err();
    assert_eq!(error.downcast_ref(), Some(&Refused::Dropped));
}

#[test]
fn a_pool_shut_down_by_its_own_worker_still_finishes_what_is_queued() {
    let (said, heard) = mpsc::channel();
    let (give, given) = mpsc::channel::<Pool>();
    let pool = Pool::new(1);
    drop(pool.submit(move || given.recv().unwrap().shutdown()));
    drop(pool.submit(move || said.send(7).unwrap()));
    give.send(pool).unwrap();
    assert_eq!(heard.recv(), Ok(7));
}

#[test]
fn fc09_a_spawn_hook_that_panics_or_drops_the_body_refuses_what_is_queued() {
    for panics in [true, false] {
        let pool = Pool::new(2).spawned_by(move |_, body| {
            drop(body);
            assert!(!panics, "no more threads");
            Box::new(|| ())
        });
        for _ in 0..2 {
            let error = taken(pool.submit(|| ())).unwrap_err();
            assert_eq!(error.downcast_ref(), Some(&Refused::NoThread));
            assert_eq!(error.to_string(), "no thread could be had for the task");
        }
    }
}

/// The system has one thread for us, and no second.
#[test]
fn fc09_tasks_whose_thread_cannot_be_spawned_are_left_to_the_others() {
    let spawned = Mutex::new(0);
    let pool = Pool::new(2).spawned_by(move |_, body| {
        let mut spawned = spawned.lock().unwrap();
        *spawned += 1;
        let first = *spawned == 1;
        drop(spawned);
        assert!(first, "no more threads");
        let thread = thread::spawn(body);
        Box::new(move || thread.join().unwrap())
    });
    let (open, gate) = mpsc::channel::<()>();
    let first = pool.submit(move || gate.recv().unwrap());
    let others = [(); 5].map(|()| pool.submit(|| 1));
    open.send(()).unwrap();
    pool.shutdown();
    taken(first).unwrap();
    for other in others {
        assert_eq!(taken(other).unwrap(), 1);
    }
}

/// FC06: the hook is called without a lock, so it may use the pool itself.
#[test]
fn fc06_a_spawn_hook_may_submit() {
    static POOL: Mutex<Option<Arc<Pool>>> = Mutex::new(None);
    let nested = Mutex::new(false);
    let pool = Arc::new(Pool::new(2).spawned_by(move |_, body| {
        let pool = POOL.lock().unwrap().clone().unwrap();
        let first = !std::mem::replace(&mut *nested.lock().unwrap(), true);
        if first {
            drop(pool.submit(|| ()));
        }
        let thread = thread::spawn(body);
        Box::new(move || thread.join().unwrap())
    }));
    *POOL.lock().unwrap() = Some(pool.clone());
    let future = pool.submit(|| 3);
    let (said, heard) = mpsc::channel();
    future.add_done_callback(move |n| said.send(*n.as_ref().unwrap()).unwrap());
    assert_eq!(heard.recv(), Ok(3));
    POOL.lock().unwrap().take();
}

/// A join hook that panics does not keep the others from being joined.
#[test]
fn fc09_a_join_hook_that_panics_does_not_leave_the_drop() {
    let pool = Pool::new(1).spawned_by(|_, body| {
        let thread = thread::spawn(body);
        Box::new(move || {
            thread.join().unwrap();
            panic!("bad join");
        })
    });
    let future = pool.submit(|| 1);
    pool.shutdown();
    assert_eq!(taken(future).unwrap(), 1);
}

#[test]
fn no_thread_and_no_task_is_left_after_the_end() {
    let held = Arc::new(());
    let (begun, begins) = mpsc::channel();
    for finishes in [true, false] {
        let pool = Pool::new(3).idle_for(Duration::MAX);
        for _ in 0..10 {
            let (held, begun) = (held.clone(), begun.clone());
            drop(pool.submit(move || {
                let _ = begun.send(());
                drop(held);
            }));
        }
        begins.recv().unwrap();
        if finishes {
            pool.shutdown();
        } else {
            drop(pool);
        }
        // All threads were joined, so nothing of theirs is left.
        assert_eq!(Arc::strong_count(&held), 1);
    }
}
