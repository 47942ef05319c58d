//! The flaw: the I/O still blocks a thread of the pool, awaited or not.

use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::thread;

use lesson_07_executor::{Requests, long_io, request_a};
use slow_server::SlowServer;
use timeline::{Story, tell};

/// The pool has four threads, and each blocks in one I/O: as long as they wait, the I/O of a fifth A does not begin.
#[test]
fn a_fifth_io_waits_for_a_thread_of_the_pool() {
    let (server, gate) = SlowServer::gated().unwrap();
    let address = server.address();
    let (seen, happened) = channel();
    let story = Story::new().watch(move |event| {
        let _ = seen.send(event.what.clone());
    });
    let at_the_opening = Arc::new(Mutex::new(None));
    let opening = at_the_opening.clone();
    // Opens when all that can happen without a reply has happened.
    let opener = thread::spawn(move || {
        let (mut begun, mut suspended) = (0, 0);
        while begun < 4 || suspended < 5 {
            let what = happened.recv().unwrap();
            begun += usize::from(what == "I/O begins");
            suspended += usize::from(what.ends_with(" suspended"));
        }
        *opening.lock().unwrap() = Some(begun);
        gate.open();
    });
    let recording = story.run(|| {
        let requests = Requests::new();
        let spawn = |name| requests.spawn(name, request_a(name, address.clone()));
        let all = ["A1", "A2", "A3", "A4", "A5"].map(spawn);
        requests.block_on(async {
            for a in all {
                a.await.unwrap().unwrap();
            }
        });
    });
    let recording = recording.unwrap();
    opener.join().unwrap();
    assert_eq!(*at_the_opening.lock().unwrap(), Some(4));
    assert_eq!(recording.threads, 1 + 4, "main, and never more than four");
    let told = recording.told();
    let io = |what| told.iter().filter(move |it| **it == what).count();
    assert_eq!((io("I/O begins"), io("I/O ends")), (5, 5));
    let first_end = told.iter().position(|it| *it == "I/O ends").unwrap();
    let begun = told[..first_end].iter().filter(|it| **it == "I/O begins");
    assert_eq!(begun.count(), 4, "the fifth begins when one has ended");
}

/// A is gone, and the thread that asks for it goes on waiting for the reply.
#[test]
fn the_io_of_a_cancelled_a_goes_on_blocking_its_thread() {
    let (server, gate) = SlowServer::gated().unwrap();
    let address = server.address();
    let recording = Story::new().run(|| {
        let requests = Requests::new();
        let a = requests.spawn("A", async { long_io(address).await });
        requests.block_on(async {
            // A's turn comes first: it is suspended now.
            a.abort();
            assert!(a.await.unwrap_err().is_cancelled());
        });
        drop(requests);
        tell("A is gone");
        gate.open();
    });
    let recording = recording.unwrap();
    let told = recording.told();
    let at = |what: &str| told.iter().position(|it| *it == what);
    assert!(at("A is gone") < at("I/O ends"), "{told:?}");
    assert_eq!(recording.told_by("io-1"), ["I/O begins", "I/O ends"]);
}
