//! Blocking, non-blocking, asynchronous: a program for each.
#![allow(dead_code, reason = "each example has a `main` of its own")]

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use slow_server::SlowServer;

#[path = "../examples/asynchronous.rs"]
mod asynchronous;
#[path = "../examples/blocking.rs"]
mod blocking;
#[path = "../examples/non_blocking.rs"]
mod non_blocking;

#[test]
fn a_blocking_call_returns_with_the_reply() {
    let server = SlowServer::after(Duration::ZERO).unwrap();
    assert_eq!(blocking::ask(&server.address()), "io result\n");
}

#[test]
fn a_non_blocking_call_returns_without_it_again_and_again() {
    let (server, gate) = SlowServer::gated().unwrap();
    let times = AtomicU32::new(0);
    let meanwhile = || {
        if times.fetch_add(1, Ordering::Relaxed) == 1000 {
            gate.open();
        }
    };
    let (reply, looks) = non_blocking::ask(&server.address(), meanwhile);
    assert_eq!(reply, "io result\n");
    assert!(looks > 1000, "one for each time it found nothing: {looks}");
}

#[test]
fn one_call_waits_for_all_of_them() {
    let (server, gate) = SlowServer::gated().unwrap();
    gate.open();
    let (replies, looks) = asynchronous::ask(&server.address(), 20);
    assert_eq!(replies, ["io result\n"; 20]);
    // For each at most: a sleep and three reads, once for the reply and once for the end.
    assert!(looks <= 20 * 2 * 4, "{looks}");
}
