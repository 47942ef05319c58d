//! The four shapes of an asynchronous interface: each is an example that runs.
#![allow(dead_code, reason = "each example has a `main` of its own")]

#[path = "../examples/callback.rs"]
mod callback;
#[path = "../examples/placeholder.rs"]
mod placeholder;
#[path = "../examples/queue.rs"]
mod queue;
#[path = "../examples/registry.rs"]
mod registry;

#[test]
fn a_callback_is_called_with_the_reply() {
    assert_eq!(callback::run(), "the callback got \"io result\"");
}

#[test]
fn a_placeholder_holds_the_reply() {
    assert_eq!(placeholder::run(), "the future held \"io result\"");
}

#[test]
fn a_queue_delivers_every_reply() {
    assert_eq!(queue::run(), "the queue delivered [\"quick\", \"slow\"]");
}

#[test]
fn a_registry_calls_everyone_who_registered_in_order() {
    assert_eq!(
        registry::run(),
        "one got \"io result\", two got \"io result\""
    );
}
