//! The lift: the race is gone, and there may be two As at once.

use std::time::Duration;

use lesson_01_blocking::request_c;
use lesson_05_driver::{request_a, serve};
use slow_server::SlowServer;
use timeline::{Explorer, Order, Story, VirtualClock, tell};

/// A8 a, lifted: an I/O that ends at once finds A suspended, in every schedule.
#[test]
fn a8_a_io_that_ends_at_once_finds_a_suspended() {
    let server = SlowServer::after(Duration::ZERO).unwrap();
    let address = server.address();
    let seen = Explorer::new().run(move || serve(address.clone()));
    seen.assert_no_failure();
    let ends = |order: &Order| order.iter().any(|(_, what)| what == "A ends");
    assert!(seen.orders.iter().all(ends));
}

/// A8 b, lifted: both are resumed, each with its own reply, in every schedule.
/// The events of `main` and of the second I/O make one chain of 6 after the first
/// two, those of the first I/O one of 4: 10! / (6! 4!) = 210 orders.
#[test]
fn a8_b_two_as_at_once_get_each_its_own_reply() {
    let first = SlowServer::after(Duration::ZERO).unwrap().replying("first");
    let second = SlowServer::after(Duration::ZERO)
        .unwrap()
        .replying("second");
    let (one, two) = (first.address(), second.address());
    let seen = Explorer::new().run(move || {
        request_a("A1", one.clone());
        request_a("A2", two.clone());
    });
    seen.assert_no_failure();
    assert_eq!(seen.orders.len(), 210);
    for order in &seen.orders {
        let by = |thread: &str| -> Vec<&str> {
            let own = order.iter().filter(|(t, _)| &**t == thread);
            own.map(|(_, what)| what.as_str()).collect()
        };
        let main = ["A1 begins", "A1 suspended", "A2 begins", "A2 suspended"];
        assert_eq!(by("main"), main);
        let first = [
            "I/O begins",
            "I/O ends",
            "A1 resumed with \"first\"",
            "A1 ends",
        ];
        assert_eq!(by("io-1"), first);
        let second = [
            "I/O begins",
            "I/O ends",
            "A2 resumed with \"second\"",
            "A2 ends",
        ];
        assert_eq!(by("io-2"), second);
    }
}

/// A5 as in the original, where B itself takes 2/5 of A's I/O: it ends between the two lines
/// of the I/O. On virtual time, so 5 s cost nothing.
#[test]
fn a5_a_b_that_takes_two_fifths_of_the_io_ends_between_its_lines() {
    let (server, gate) = SlowServer::gated().unwrap();
    let address = server.address();
    let (begun, io_begun) = std::sync::mpsc::channel();
    let clock = VirtualClock::new();
    let hands = clock.clone();
    let story = Story::new().clock(&clock).watch(move |event| {
        if event.what == "I/O begins" {
            begun.send(()).unwrap();
        }
    });
    let recording = story.run(|| {
        request_a("A", address);
        io_begun.recv().unwrap();
        tell("B begins");
        hands.advance(Duration::from_secs(2));
        tell("B ends");
        request_c();
        hands.advance(Duration::from_secs(3));
        gate.open();
    });
    let recording = recording.unwrap();
    let told: Vec<(u64, &str)> = recording
        .events
        .iter()
        .map(|e| (e.at.as_secs(), &*e.what))
        .collect();
    let expected = [
        (0, "A begins"),
        (0, "A suspended"),
        (0, "I/O begins"),
        (0, "B begins"),
        (2, "B ends"), // between the two lines of the I/O
        (2, "C begins"),
        (2, "C ends"),
        (5, "I/O ends"),
        (5, "A resumed with \"io result\""),
        (5, "A ends"),
    ];
    assert_eq!(told, expected);
}
