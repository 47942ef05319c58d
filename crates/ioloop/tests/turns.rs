//! What comes when: whole traces of the loop's turns.

mod logged;
mod trace;

use std::cell::{Cell, RefCell};
use std::io::{PipeReader, Read, Write, pipe};
use std::rc::Rc;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use executor::yield_now;
use ioloop::{Interest, IoLoop};
use logged::logged;
use trace::{Trace, stop};

const MS: Duration = Duration::from_millis(1);

fn lines<const N: usize>(expected: [(&str, &str); N]) -> Vec<String> {
    expected.map(|(line, _)| line.to_owned()).to_vec()
}

/// F7, F5: callbacks, tasks, timers, handlers; and one that is added by any of them waits for its part of the next turn.
#[test]
fn f7_a_turn_is_callbacks_tasks_timers_and_handlers() {
    let io_loop = IoLoop::virtual_time().unwrap();
    let trace = Trace::default();
    let (there, mut here) = pipe().unwrap();
    here.write_all(b"x").unwrap();
    let t = trace.clone();
    io_loop
        .add_handler(there, Interest::READABLE, move |mut there, _| {
            let mut byte = [0];
            there.read_exact(&mut byte).unwrap();
            t.add("handler");
            IoLoop::current().add_callback(t.says("callback of the handler"));
            IoLoop::current().call_later(Duration::ZERO, stop);
        })
        .unwrap();
    let t = trace.clone();
    io_loop.call_later(Duration::ZERO, move || {
        t.add("timer");
        IoLoop::current().add_callback(t.says("callback of the timer"));
        let zero = t.clone();
        IoLoop::current().call_later(Duration::ZERO, move || zero.add("timer of the timer"));
    });
    let t = trace.clone();
    drop(io_loop.spawn(async move {
        t.add("task");
        IoLoop::current().add_callback(t.says("callback of the task"));
        yield_now().await;
        t.add("task again");
    }));
    let t = trace.clone();
    io_loop.add_callback(move || {
        t.add("callback");
        IoLoop::current().add_callback(t.says("callback of the callback"));
    });
    io_loop.run();
    let expected = [
        ("callback", "first of all"),
        ("task", "then the tasks"),
        (
            "task again",
            "one that wakes itself is polled in the same turn, within the 64",
        ),
        ("timer", "then what is due"),
        (
            "handler",
            "then poll: it does not wait, since callbacks are there; then the handlers",
        ),
        (
            "callback of the callback",
            "the next turn, in the order of adding",
        ),
        ("callback of the task", ""),
        ("callback of the timer", ""),
        ("callback of the handler", ""),
        (
            "timer of the timer",
            "F10: a zero timer set by a timer waits a turn, and comes after callbacks",
        ),
    ];
    assert_eq!(trace.take(), lines(expected));
}

/// F5: callbacks are called in the order of adding, from here and by a handle.
#[test]
fn f5_callbacks_are_first_in_first_out() {
    let io_loop = IoLoop::new().unwrap();
    let (say, heard) = mpsc::channel();
    let handle = io_loop.handle();
    let said = say.clone();
    io_loop.enter(|| {
        for number in 0..3 {
            let (one, other) = (say.clone(), say.clone());
            io_loop.add_callback(move || one.send(2 * number).unwrap());
            handle.add_callback(move || other.send(2 * number + 1).unwrap());
        }
    });
    io_loop.add_callback(stop);
    io_loop.run();
    drop((say, said));
    let order: Vec<_> = heard.try_iter().collect();
    assert_eq!(order, [0, 1, 2, 3, 4, 5]);
}

/// F5: I/O is not starved by a callback that adds itself for ever.
#[test]
fn f5_a_callback_that_adds_itself_starves_nobody() {
    fn again() {
        IoLoop::current().add_callback(again);
    }
    let io_loop = IoLoop::new().unwrap();
    io_loop.add_callback(again);
    let (there, mut here) = pipe().unwrap();
    io_loop.call_later(Duration::ZERO, move || here.write_all(b"x").unwrap());
    let stops = |_: &PipeReader, _| stop();
    io_loop
        .add_handler(there, Interest::READABLE, stops)
        .unwrap();
    io_loop.run();
}

/// F5, FC01: a sleeping loop is roused by another thread, and the callback runs on the loop's thread. The other thread
/// adds it when the loop has said that it sleeps.
#[test]
fn f5_a_handle_rouses_a_sleeping_loop() {
    let io_loop = IoLoop::new().unwrap();
    let (sleeps, slept) = mpsc::channel();
    io_loop.record(Some(Rc::new(move |event| {
        if event == ioloop::Event::Reactor(reactor::Event::Park) {
            let _ = sleeps.send(());
        }
    })));
    let handle = io_loop.handle();
    let home = thread::current().id();
    let other = thread::spawn(move || {
        slept.recv().unwrap();
        handle.add_callback(move || {
            assert_eq!(thread::current().id(), home);
            stop();
        });
    });
    io_loop.run();
    other.join().unwrap();
}

/// F5, FD06: callbacks from 8 threads, each once, each thread's in order; the loop's turns stay bounded by them.
#[test]
fn f5_callbacks_of_many_threads_come_once_and_in_order() {
    const EACH: usize = if cfg!(miri) { 20 } else { 10_000 };
    let io_loop = IoLoop::new().unwrap();
    let turns = Rc::new(Cell::new(0));
    let count = turns.clone();
    io_loop.record(Some(Rc::new(move |event| {
        if event == ioloop::Event::Reactor(reactor::Event::Unpark) {
            count.set(count.get() + 1);
        }
    })));
    let (say, heard) = mpsc::channel();
    let threads: Vec<_> = (0..8)
        .map(|thread| {
            let (handle, say) = (io_loop.handle(), say.clone());
            thread::spawn(move || {
                for number in 0..EACH {
                    let say = say.clone();
                    handle.add_callback(move || say.send((thread, number)).unwrap());
                }
            })
        })
        .collect();
    let handle = io_loop.handle();
    let last = thread::spawn(move || {
        threads
            .into_iter()
            .for_each(|thread| thread.join().unwrap());
        handle.stop();
    });
    io_loop.run();
    last.join().unwrap();
    drop(say);
    let mut next = [0; 8];
    for (thread, number) in heard.try_iter() {
        assert_eq!(number, next[thread]);
        next[thread] += 1;
    }
    assert_eq!(next, [EACH; 8]);
    assert!(turns.get() <= 8 * EACH + 1);
}

/// F16: panics of callbacks, timers and handlers are logged, and the loop goes on.
#[test]
fn f16_panics_are_logged_and_survived() {
    let io_loop = IoLoop::virtual_time().unwrap();
    let (there, mut here) = pipe().unwrap();
    here.write_all(b"x").unwrap();
    let panics = |_: &PipeReader, _| panic!("in a handler");
    let fd = io_loop
        .add_handler(there, Interest::READABLE, panics)
        .unwrap();
    io_loop.add_callback(|| panic!("in a callback"));
    io_loop.call_later(Duration::ZERO, || panic!("in a timer"));
    io_loop.call_later(MS, move || {
        IoLoop::current().remove_handler(fd);
        stop();
    });
    // The handler is called in each turn, since it reads nothing; the clock stands still while there is anything to do.
    io_loop.call_later(Duration::ZERO, move || IoLoop::current().remove_handler(fd));
    let lines = logged(|| io_loop.run());
    let expected = [
        "ERROR Exception in callback: panicked: in a callback",
        "ERROR Exception in callback: panicked: in a timer",
    ];
    assert_eq!(lines, expected);

    let (there, mut here) = pipe().unwrap();
    here.write_all(b"x").unwrap();
    io_loop
        .add_handler(there, Interest::READABLE, panics)
        .unwrap();
    io_loop.add_callback(|| IoLoop::current().add_callback(stop));
    let lines = logged(|| io_loop.run());
    assert_eq!(
        lines,
        ["ERROR Exception in callback: panicked: in a handler"]
    );
}

/// F16: the exception handler can be replaced; one that panics is survived, too.
#[test]
fn f16_the_exception_handler_can_be_replaced() {
    let io_loop = IoLoop::new().unwrap();
    let told = Rc::new(RefCell::new(Vec::new()));
    let there = told.clone();
    io_loop.set_exception_handler(move |error| {
        there.borrow_mut().push(error.to_string());
        panic!("and so does the handler");
    });
    io_loop.add_callback(|| panic!("a callback panics"));
    io_loop.add_callback(stop);
    let lines = logged(|| io_loop.run());
    assert_eq!(*told.borrow(), ["panicked: a callback panics"]);
    let expected = "ERROR Exception in callback: panicked: and so does the handler, while it was told of: panicked: a \
                    callback panics";
    assert_eq!(lines, [expected]);
}

/// F17: fire and forget; an error is logged, also a late one, and a panic.
#[test]
fn f17_errors_of_spawned_callbacks_are_logged() {
    let io_loop = IoLoop::virtual_time().unwrap();
    io_loop.spawn_callback(async || "x".parse::<u32>().map(drop));
    io_loop.spawn_callback(async || {
        ioloop::sleep(MS).await;
        "".parse::<u32>().map(drop)
    });
    io_loop.spawn_callback(async || {
        ioloop::sleep(2 * MS).await;
        panic!("late");
        #[expect(unreachable_code, reason = "says of what type nothing is")]
        Ok::<(), std::io::Error>(())
    });
    io_loop.spawn_callback(async || {});
    io_loop.call_later(3 * MS, stop);
    let lines = logged(|| io_loop.run());
    let expected = [
        "ERROR Exception in callback: invalid digit found in string",
        "ERROR Exception in callback: cannot parse integer from empty string",
        "ERROR Exception in callback: panicked: late",
    ];
    assert_eq!(lines, expected);
}

/// F18, C14: the outcome comes by a callback on the loop, in a later turn, also if the future is done already.
#[test]
fn f18_c14_add_future_calls_back_in_a_later_turn() {
    let io_loop = IoLoop::new().unwrap();
    let trace = Trace::default();
    let t = trace.clone();
    io_loop.add_callback(move || {
        let io_loop = IoLoop::current();
        let done = promise::Future::ready(Ok(7));
        let there = t.clone();
        io_loop.add_future(done, move |outcome| {
            there.add(format!("called with {}", outcome.unwrap()));
            stop();
        });
        io_loop.add_callback(t.says("added behind it"));
        t.add("the adder goes on");
    });
    io_loop.run();
    assert_eq!(
        trace.take(),
        ["the adder goes on", "added behind it", "called with 7"]
    );
    // And from another thread.
    let (promise, future) = promise::pair();
    let home = thread::current().id();
    io_loop.add_future(future, move |outcome: Result<(), _>| {
        assert!(outcome.unwrap_err().is_broken());
        assert_eq!(thread::current().id(), home);
        stop();
    });
    let other = thread::spawn(move || drop::<promise::Promise<()>>(promise));
    io_loop.run();
    other.join().unwrap();
}

/// FC11, FD10: a task that is always ready keeps neither timers nor I/O from their turn for more than 64 polls.
#[test]
fn fc11_a_busy_task_starves_neither_timers_nor_io() {
    let io_loop = IoLoop::virtual_time().unwrap();
    let polls = Rc::new(Cell::new(0));
    let count = polls.clone();
    drop(io_loop.spawn(async move {
        loop {
            count.set(count.get() + 1);
            yield_now().await;
        }
    }));
    let (there, mut here) = pipe().unwrap();
    here.write_all(b"x").unwrap();
    let seen = polls.clone();
    io_loop
        .add_handler(there, Interest::READABLE, move |_, _| {
            assert!(seen.get() <= 64, "after {} polls", seen.get());
            stop();
        })
        .unwrap();
    let seen = polls.clone();
    io_loop.call_later(Duration::ZERO, move || assert!(seen.get() <= 64));
    io_loop.run();
    assert!(polls.get() > 0);
}
