//! A loop as a whole: current, run, stopped, closed.

mod logged;
mod trace;

use std::cell::{Cell, RefCell};
use std::io::{PipeWriter, Read, pipe};
use std::rc::Rc;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use ioloop::{Interest, IoLoop, NotDone, spawn};
use logged::logged;
use trace::{Trace, stop};

const MS: Duration = Duration::from_millis(1);

/// F2: each thread has its own current loop; the one that runs is current meanwhile.
#[test]
fn f2_current_is_the_running_loop_and_each_threads_own() {
    assert!(IoLoop::try_current().is_none());
    let one = IoLoop::new().unwrap();
    one.make_current();
    let marked = Rc::new(Cell::new(0));
    let seen = marked.clone();
    let two = IoLoop::new().unwrap();
    two.set_exception_handler(move |_| seen.set(seen.get() + 1));
    two.add_callback(|| {
        // Told to the handler of `two`: it is the current one.
        IoLoop::current().add_callback(|| panic!("in two"));
        IoLoop::current().add_callback(stop);
    });
    two.run();
    assert_eq!(marked.get(), 1);
    thread::spawn(|| {
        assert!(IoLoop::try_current().is_none());
        IoLoop::current().add_callback(stop);
        IoLoop::current().run();
    })
    .join()
    .unwrap();
    IoLoop::current().add_callback(stop);
    one.run();
}

/// F3: start inside start is an error; stop before start makes the next start return at once.
#[test]
fn f3_a_loop_inside_a_loop_panics_and_a_stop_is_kept() {
    let io_loop = IoLoop::new().unwrap();
    let told = Rc::new(RefCell::new(String::new()));
    let there = told.clone();
    io_loop.set_exception_handler(move |error| *there.borrow_mut() = error.to_string());
    io_loop.add_callback(|| IoLoop::current().run());
    io_loop.call_later(Duration::ZERO, stop);
    io_loop.run();
    assert!(told.borrow().contains("a loop runs on this thread already"));

    let called = Rc::new(Cell::new(false));
    let there = called.clone();
    io_loop.add_callback(move || there.set(true));
    io_loop.stop();
    io_loop.run();
    assert!(!called.get());
    io_loop.add_callback(stop);
    io_loop.run();
    assert!(called.get());
}

/// F4, E9: `run_sync` gives the value, or says that it took too long or was stopped; then the future is dropped.
#[test]
fn f4_e9_run_sync_gives_the_value_or_says_why_not() {
    let io_loop = IoLoop::virtual_time().unwrap();
    let word = String::from("borrowed");
    assert_eq!(io_loop.run_sync(None, async || word.len()), Ok(8));
    let dropped = Cell::new(false);
    struct Dropped<'a>(&'a Cell<bool>);
    impl Drop for Dropped<'_> {
        fn drop(&mut self) {
            self.0.set(true);
        }
    }
    let begin = io_loop.time();
    let late = io_loop.run_sync(Some(5 * MS), async || {
        let _dropped = Dropped(&dropped);
        ioloop::sleep(6 * MS).await;
    });
    assert_eq!(late, Err(NotDone::TimedOut));
    assert_eq!(io_loop.time() - begin, 5 * MS);
    assert!(dropped.get());
    assert_eq!(io_loop.timers(), 0);
    io_loop.call_later(MS, stop);
    let stopped = io_loop.run_sync(None, std::future::pending::<()>);
    assert_eq!(stopped, Err(NotDone::Stopped));
}

/// F22: a turn that takes longer than the limit is told of.
#[test]
fn f22_a_turn_that_blocks_is_logged() {
    let io_loop = IoLoop::new().unwrap();
    io_loop.set_blocking_log_threshold(Some(Duration::ZERO));
    io_loop.add_callback(|| IoLoop::current().add_callback(stop));
    let lines = logged(|| io_loop.run());
    assert!(
        lines[0].starts_with("WARN IOLoop blocked for 0."),
        "{lines:?}"
    );
    io_loop.set_blocking_log_threshold(Some(Duration::from_secs(3600)));
    io_loop.add_callback(|| IoLoop::current().add_callback(stop));
    assert!(logged(|| io_loop.run()).is_empty());
}

/// F20: closing drops all, with the loop still current; what is added then, and later, is dropped at once.
#[test]
fn f20_close_drops_all_and_takes_no_more() {
    struct OnDrop(Option<Box<dyn FnOnce()>>);
    impl Drop for OnDrop {
        fn drop(&mut self) {
            (self.0.take().unwrap())();
        }
    }
    let io_loop = IoLoop::new().unwrap();
    let handle = io_loop.handle();
    let trace = Trace::default();
    let t = trace.clone();
    let dropped = OnDrop(Some(Box::new(move || {
        let current = IoLoop::current();
        t.add("a task is dropped, in its loop");
        let called = OnDrop(Some(t_says(&t, "so is a callback that is added then")));
        current.add_callback(move || drop_after_call(called));
        current.call_later(Duration::ZERO, || unreachable!());
        let refused = spawn(async {});
        assert!(refused.is_finished());
    })));
    fn t_says(trace: &Trace, line: &'static str) -> Box<dyn FnOnce()> {
        Box::new(trace.says(line))
    }
    fn drop_after_call(_: OnDrop) {
        unreachable!("a callback of a loop that closes is not called")
    }
    drop(io_loop.spawn(async move {
        let _dropped = dropped;
        std::future::pending::<()>().await;
    }));
    io_loop.add_callback(|| IoLoop::current().add_callback(stop));
    io_loop.run();
    let (mut here, there) = pipe().unwrap();
    let never = |_: &PipeWriter, _| unreachable!();
    io_loop
        .add_handler(there, Interest::WRITABLE, never)
        .unwrap();
    let left = OnDrop(Some(t_says(&trace, "callbacks come after the tasks")));
    io_loop.add_callback(move || drop_after_call(left));
    io_loop.close();
    let expected = [
        "a task is dropped, in its loop",
        "callbacks come after the tasks",
        "so is a callback that is added then",
    ];
    assert_eq!(trace.take(), expected);
    assert!(io_loop.spawn(async {}).is_finished());
    let mut end = Vec::new();
    here.read_to_end(&mut end)
        .expect("what handlers watched is closed");
    let callback = OnDrop(Some(t_says(&trace, "dropped by the handle")));
    let callback = Box::new(callback);
    io_loop.add_callback(move || drop(callback));
    assert_eq!(trace.take(), ["dropped by the handle"]);
    handle.add_callback(|| unreachable!());
    handle.stop();
    io_loop.run(); // returns at once: there is nothing to run
    drop(io_loop);
    handle.add_callback(|| unreachable!());
}

/// A loop that is dropped, and not closed, does the same; so does the thread's own at the thread's end.
#[test]
fn f20_a_dropped_loop_drops_its_tasks() {
    let (say, heard) = mpsc::channel::<()>();
    let leave = |io_loop: &IoLoop| {
        let say = say.clone();
        drop(io_loop.spawn(async move {
            let _held = say;
            std::future::pending::<()>().await;
        }));
        io_loop.add_callback(stop);
        io_loop.run();
    };
    leave(&IoLoop::new().unwrap());
    let io_loop = IoLoop::new().unwrap();
    leave(&io_loop);
    let another = io_loop.clone();
    drop(io_loop);
    drop(another);
    let there = say.clone();
    thread::spawn(move || {
        drop(IoLoop::current().spawn(async move {
            let _held = there;
            std::future::pending::<()>().await;
        }));
        IoLoop::current().add_callback(stop);
        IoLoop::current().run();
    })
    .join()
    .unwrap();
    drop(say);
    assert!(heard.recv().is_err(), "nobody has a sender any more");
}

/// A loop that does not run can be closed also where another one does.
#[test]
fn f20_a_loop_is_closed_while_another_one_runs() {
    let (say, heard) = mpsc::channel::<()>();
    ioloop::block_on(async {
        let other = IoLoop::new().unwrap();
        drop(other.spawn(async move {
            let _held = say;
            std::future::pending::<()>().await;
        }));
        other.close();
        assert!(heard.recv().is_err(), "its task is dropped");
    });
}
