//! The flaw: the slot is lesson 3's, and so are its races.

use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use lesson_03_generator::{long_io, start};
use lesson_04_decorator::{request_a, serve};
use slow_server::{Address, SlowServer};
use timeline::{Story, tell};

/// A, but it comes to its wait only after the I/O has ended.
#[co::coroutine(start = start)]
fn slow_to_suspend(server: Address, io_ended: Receiver<()>) {
    tell("A begins");
    let _reply = yield_!({
        long_io(server);
        io_ended.recv().unwrap();
    });
    tell("A leaves");
}

/// A8 a: the decorator changes nothing about it.
#[test]
fn a8_a_io_that_ends_before_a_is_suspended_finds_it_running() {
    let server = SlowServer::after(Duration::ZERO).unwrap();
    let address = server.address();
    let (ended, io_ended) = channel();
    let story = Story::new().watch(move |event| {
        if event.what.ends_with("is lost") {
            ended.send(()).unwrap();
        }
    });
    let recording = story.run(|| slow_to_suspend(address, io_ended)).unwrap();
    let told = recording.told();
    let expected = [
        "A begins",
        "I/O begins",
        "I/O ends",
        "\"io result\" finds A running and is lost",
        "A suspended", // for ever
    ];
    assert_eq!(told, expected);
}

/// A8 b: two calls that look independent share one slot.
#[test]
fn a8_b_a_second_a_overwrites_the_first_and_gets_its_reply() {
    let (first, gate) = SlowServer::gated().unwrap();
    let first = first.replying("first");
    let second = SlowServer::hanging_up().unwrap();
    let (first, second) = (first.address(), second.address());
    let story = Story::new().watch(move |event| {
        if event.what == "A2 suspended" {
            gate.open();
        }
    });
    let recording = story.run(|| {
        request_a("A1", first);
        request_a("A2", second);
    });
    let recording = recording.unwrap();
    let io = [
        "I/O begins",
        "I/O ends",
        "A2 resumed with \"first\"", // A1 asked for it
        "A2 leaves",
    ];
    assert_eq!(recording.told_by("io-1"), io);
    assert_eq!(recording.when("A1 leaves"), None);
}

/// A8 d: an error of the I/O never reaches A, which waits for ever.
#[test]
fn a8_d_an_error_of_the_io_leaves_a_suspended() {
    let server = SlowServer::hanging_up().unwrap();
    let address = server.address();
    let recording = Story::new().run(|| serve(address)).unwrap();
    assert!(recording.told_by("io-1")[1].starts_with("I/O fails: "));
    assert_eq!(recording.when("A leaves"), None);
}
