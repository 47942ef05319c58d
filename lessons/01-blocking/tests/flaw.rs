//! The flaw: B and C wait out A's I/O.

use lesson_01_blocking::serve;
use slow_server::SlowServer;
use timeline::{Explorer, Failure, Story};

/// A1: if the reply came only after B, it would never come.
#[test]
fn a1_b_cannot_begin_while_the_io_lasts() {
    let server = SlowServer::after(std::time::Duration::ZERO).unwrap();
    let address = server.address();
    let explorer = Explorer::new().hold("I/O ends", "B begins");
    let seen = explorer.run(move || serve(address.clone()));
    let (Failure::Deadlock { waits }, told) = &seen.failures[0] else {
        panic!("{:?}", seen.failures[0].0)
    };
    assert_eq!(waits.len(), 1, "one thread, and it waits");
    assert!(waits[0].starts_with("main wants to tell \"I/O ends\", which is held back"));
    let told = told.told();
    assert_eq!(told, ["A begins", "I/O begins"]);
}

/// A1: all of it on one thread, with a reply that is really held back until A waits for it.
#[test]
fn a1_one_thread_serves_all_three_in_turn() {
    let (server, gate) = SlowServer::gated().unwrap();
    let address = server.address();
    let story = Story::new().watch(move |event| {
        if event.what == "I/O begins" {
            gate.open();
        }
    });
    let recording = story.run(|| serve(address)).unwrap();
    assert_eq!(recording.threads, 1);
    let told = recording.told();
    let expected = [
        "A begins",
        "I/O begins", // the thread is held from here
        "I/O ends",   // to here
        "A gets \"io result\"",
        "A ends",   // A has its reply and its caller has A's result: nothing is torn
        "B begins", // only now
        "B ends",
        "C begins",
        "C ends",
    ];
    assert_eq!(told, expected);
}

/// What this rung has and the next three lose: an error goes to the caller, like any other.
#[test]
fn an_error_of_the_io_goes_to_the_caller_and_b_and_c_are_served() {
    let server = SlowServer::hanging_up().unwrap();
    let address = server.address();
    let recording = Story::new().run(|| serve(address)).unwrap();
    let told = recording.told();
    assert_eq!(told[..2], ["A begins", "I/O begins"]);
    assert!(told[2].starts_with("A fails: "), "{}", told[2]);
    assert_eq!(told[3..], ["B begins", "B ends", "C begins", "C ends"]);
}
