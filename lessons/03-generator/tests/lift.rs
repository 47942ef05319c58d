//! The lift: A is one value again, and keeps its locals over the wait.

use std::pin::Pin;

use co::{Coroutine, CoroutineState};
use lesson_03_generator::{RequestA, serve};
use slow_server::SlowServer;
use timeline::Story;

/// A3: B and C are still served while the reply is held back, and A goes on with it afterwards,
/// on the I/O's thread.
#[test]
fn a3_a_is_suspended_while_a_real_reply_is_held_back_and_then_goes_on() {
    let (server, gate) = SlowServer::gated().unwrap();
    let address = server.address();
    let story = Story::new().watch(move |event| {
        if event.what == "C ends" {
            gate.open();
        }
    });
    let recording = story.run(|| serve(address)).unwrap();
    let resumed = |e: &&timeline::Event| e.what == "A resumed with \"io result\"";
    let resumed = recording.events.iter().find(resumed).unwrap();
    assert_eq!(&*resumed.thread, "io-1");
    assert!(recording.when("C ends") <= recording.when("I/O ends"));
    assert!(recording.when("A leaves").is_some());
}

/// The name was an argument of the call; it is told again after the wait. In lesson 2 the
/// second half did not have it.
#[test]
fn a_local_survives_the_wait() {
    let server = SlowServer::hanging_up().unwrap();
    let mut a = RequestA::new("A7", server.address());
    let recording = Story::new().run(|| {
        let a = &mut a;
        assert_eq!(Pin::new(&mut *a).start(), CoroutineState::Yielded(()));
        let reply = "by hand".to_owned();
        assert_eq!(Pin::new(a).resume(reply), CoroutineState::Complete(()));
    });
    let recording = recording.unwrap();
    assert!(recording.when("A7 resumed with \"by hand\"").is_some());
    assert!(recording.when("A7 leaves").is_some());
}

/// One value: whoever holds it can drop it, and A is over.
#[test]
fn a_waiting_a_can_be_dropped() {
    let server = SlowServer::hanging_up().unwrap();
    let mut a = RequestA::new("A", server.address());
    assert_eq!(Pin::new(&mut a).start(), CoroutineState::Yielded(()));
    assert!(matches!(a, RequestA::Waiting { name: "A" }));
    drop(a);
}

#[test]
#[should_panic(expected = "A was started before")]
fn starting_twice_is_a_panic() {
    let server = SlowServer::hanging_up().unwrap();
    let mut a = RequestA::new("A", server.address());
    let _ = Pin::new(&mut a).start();
    let _ = Pin::new(&mut a).start();
}

#[test]
#[should_panic(expected = "A does not wait for a reply")]
fn resuming_what_has_not_begun_is_a_panic() {
    let server = SlowServer::hanging_up().unwrap();
    let mut a = RequestA::new("A", server.address());
    let _ = Pin::new(&mut a).resume(String::new());
}
