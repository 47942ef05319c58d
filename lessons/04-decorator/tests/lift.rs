//! The lift: nobody writes states, and nothing else changes.

use std::time::Duration;

use slow_server::SlowServer;
use timeline::{Explorer, Story};

/// A4: the machine cut by hand and the one that the compiler cut tell the same, in the same
/// orders, over every schedule.
#[test]
fn a4_the_orders_are_exactly_those_of_the_machine_written_by_hand() {
    let server = SlowServer::after(Duration::ZERO).unwrap();
    let orders = |serve: fn(slow_server::Address)| {
        let address = server.address();
        let seen = Explorer::new().run(move || serve(address.clone()));
        seen.assert_no_failure();
        seen.orders
    };
    let by_hand = orders(lesson_03_generator::serve);
    let by_the_compiler = orders(lesson_04_decorator::serve);
    assert_eq!(by_hand, by_the_compiler);
}

/// A4: the caller sees a plain call. It starts A, and comes back when A waits.
#[test]
fn a4_a_plain_call_starts_a_and_returns_while_a_real_reply_is_held_back() {
    let (server, gate) = SlowServer::gated().unwrap();
    let address = server.address();
    let recording = Story::new().run(|| {
        lesson_04_decorator::request_a("A", address);
        gate.open(); // only after the call has returned
    });
    let recording = recording.unwrap();
    assert!(recording.when("A suspended") <= recording.when("I/O ends"));
    assert!(recording.when("A leaves").is_some());
}
