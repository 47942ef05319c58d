//! The lift, counted: a thousand As wait at once, and no thread for any of them.
#![cfg(target_os = "linux")]

use std::sync::{Arc, Mutex};

use ioloop::{IoLoop, Then};
use lesson_08_event_loop::{Requests, request_a};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use slow_server::SlowServer;
use timeline::Story;

const COUNT: usize = 1000;

fn threads() -> usize {
    std::fs::read_dir("/proc/self/task").unwrap().count()
}

/// One in its program, so that nobody else starts threads meanwhile.
#[test]
fn a_thousand_as_wait_at_once_on_one_thread() {
    // A socket at either end, and some files.
    let limit = getrlimit(Resource::Nofile);
    let wanted = (2 * COUNT + 100) as u64;
    if limit.current.is_some_and(|current| current < wanted) {
        let current = Some(limit.maximum.unwrap_or(wanted).min(wanted));
        setrlimit(Resource::Nofile, Rlimit { current, ..limit }).unwrap();
    }
    let (server, gate) = SlowServer::gated().unwrap();
    let address = server.address();
    let before = threads();
    let at_the_opening = Arc::new(Mutex::new(None));
    let seen = at_the_opening.clone();
    let mut suspended = 0;
    let story = Story::new().watch(move |event| {
        suspended += usize::from(event.what.ends_with(" suspended"));
        if suspended == COUNT && event.what.ends_with(" suspended") {
            *seen.lock().unwrap() = Some(threads());
            gate.open();
        }
    });
    let recording = story.run(|| {
        // A clock that stands still: nobody's time to connect is ever up, however slow the machine.
        let io_loop = IoLoop::virtual_time().unwrap();
        io_loop.steer(|batch| {
            while !batch.ready().is_empty() {
                batch.deliver(0);
            }
            Then::Wait
        });
        let requests = Requests::on(io_loop);
        requests.block_on(async {
            let spawn = |_| requests.spawn("A", request_a("A", address.clone()));
            let all: Vec<_> = (0..COUNT).map(spawn).collect();
            for a in all {
                assert_eq!(a.await.unwrap().unwrap(), "io result".len());
            }
        });
    });
    let recording = recording.unwrap();
    assert_eq!(recording.threads, 1);
    assert_eq!(*at_the_opening.lock().unwrap(), Some(before));
    let told = recording.told();
    let count = |what: &str| told.iter().filter(|it| **it == what).count();
    assert_eq!((count("A suspended"), count("A ends")), (COUNT, COUNT));
    let first_end = told.iter().position(|it| *it == "I/O ends").unwrap();
    let begun = told[..first_end].iter().filter(|it| **it == "I/O begins");
    assert_eq!(begun.count(), COUNT, "all at once");
}
