//! The flaw: a thread for each I/O in flight, and A hops between threads.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use lesson_06_future::{request_a, serve};
use slow_server::SlowServer;
use timeline::{Explorer, Story};

/// A begins on one thread and ends on another: it hops.
#[test]
fn a_hops_from_main_to_the_thread_of_its_io() {
    let (server, gate) = SlowServer::gated().unwrap();
    let address = server.address();
    let story = Story::new().watch(move |event| {
        if event.what == "C ends" {
            gate.open();
        }
    });
    let recording = story.run(|| serve(address)).unwrap();
    let thread = |what: &str| {
        let event = recording.events.iter().find(|e| e.what == what).unwrap();
        event.thread.to_string()
    };
    assert_eq!(thread("A begins"), "main");
    assert_eq!(thread("A ends"), "io-1");
}

/// The pool has four threads, and each blocks in one I/O: the fifth A is not even asked for, as long as
/// the others wait.
#[test]
fn a_fifth_io_waits_for_a_thread_of_the_pool() {
    let (server, gate) = SlowServer::gated().unwrap();
    let address = server.address();
    let begun = Arc::new(Mutex::new(0));
    let (count, at_the_opening) = (begun.clone(), Arc::new(Mutex::new(None)));
    let seen = at_the_opening.clone();
    let (four, all_four) = std::sync::mpsc::channel();
    let story = Story::new().watch(move |event| {
        if event.what == "I/O begins" {
            let mut begun = count.lock().unwrap();
            *begun += 1;
            if *begun == 4 {
                four.send(()).unwrap();
            }
        }
    });
    let recording = story.run(|| {
        for name in ["A1", "A2", "A3", "A4", "A5"] {
            drop(request_a(name, address.clone()));
        }
        all_four.recv().unwrap();
        *seen.lock().unwrap() = Some(*begun.lock().unwrap());
        gate.open();
    });
    let recording = recording.unwrap();
    assert_eq!(
        *at_the_opening.lock().unwrap(),
        Some(4),
        "while all four wait"
    );
    let ends = recording
        .events
        .iter()
        .filter(|e| e.what.ends_with(" ends"));
    let of_as = ends.filter(|e| e.what.starts_with('A'));
    assert_eq!(of_as.count(), 5, "in the end all five are served");
}

/// The explorer finds A on either thread, as the reply comes early or late.
#[test]
fn where_a_goes_on_is_decided_by_chance() {
    let server = SlowServer::after(Duration::ZERO).unwrap();
    let address = server.address();
    let seen = Explorer::new().run(move || serve(address.clone()));
    let thread = |order: &timeline::Order| {
        let ended = order.iter().find(|(_, what)| what == "A ends");
        ended.map(|(thread, _)| thread.to_string())
    };
    let mut threads: Vec<_> = seen.orders.iter().filter_map(thread).collect();
    threads.sort();
    threads.dedup();
    assert_eq!(threads, ["io-1", "main"]);
}
