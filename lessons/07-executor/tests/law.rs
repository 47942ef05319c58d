//! The law: all on one thread, but for the I/O.

use std::cell::RefCell;
use std::future::poll_fn;
use std::task::Poll;

use executor::Executor;
use lesson::{Proof, prove, refute};
use lesson_01_blocking::{request_b, request_c};
use lesson_07_executor::{LESSON, Requests, long_io, request_a, serve};
use timeline::{channel, tell};

#[allow(dead_code, reason = "it has a `main` of its own")]
#[path = "../examples/forty_lines.rs"]
mod forty_lines;

/// Six places for the two lines of the I/O, between "A begins" and "A resumed": 21 orders. And the reply that is
/// there at once: 1. While the I/O lasts, only "I/O begins" floats.
const PROOF: Proof = Proof {
    orders: 22,
    while_io_lasts: 6,
};

#[test]
fn a6_the_law_holds_in_every_schedule() {
    assert_eq!(prove(&LESSON.law, serve), PROOF);
}

#[test]
fn a6_the_same_law_holds_on_the_forty_lines() {
    assert_eq!(prove(&LESSON.law, forty_lines::serve), PROOF);
}

/// Calls in A's order, spawns in another: an `async fn` does not begin at the call.
#[test]
fn planted_b_before_a_is_caught() {
    let broken = refute(&LESSON.law, |server| {
        let requests = Requests::new();
        let a = request_a("A", server);
        let b = requests.spawn("B", async { request_b() });
        let c = requests.spawn("C", async { request_c() });
        let a = requests.spawn("A", a);
        requests.block_on(async {
            a.await.unwrap().unwrap();
            b.await.unwrap();
            c.await.unwrap();
        });
    });
    assert!(broken.starts_with("'B begins' came before 'A "), "{broken}");
}

/// A poll that returns `Pending`, and nobody has the waker.
#[test]
fn planted_a_waker_that_is_dropped_is_caught() {
    let broken = refute(&LESSON.law, |server| {
        let requests = Requests::new();
        let a = requests.spawn("A", async {
            tell("A begins");
            let reply = RefCell::new(Some(long_io(server)));
            poll_fn(|_| {
                let io = reply.take().unwrap();
                match io.try_take() {
                    Ok(outcome) => Poll::Ready(outcome),
                    Err(io) => {
                        reply.replace(Some(io));
                        Poll::Pending
                    }
                }
            })
            .await
        });
        requests.block_on(a).unwrap().unwrap();
    });
    assert!(broken.starts_with("deadlock: "), "{broken}");
}

/// Sleeps when a turn is over, and does not ask whether a wake came meanwhile.
#[test]
fn planted_a_sleep_without_a_look_is_caught() {
    let broken = refute(&LESSON.law, |server| {
        let (unpark, unparked) = channel();
        let executor = Executor::with_unpark(move || unpark.send(()).unwrap());
        let a = executor.spawn(request_a("A", server));
        executor.block_on_with(
            async {
                a.await.unwrap().unwrap();
                request_b();
                request_c();
            },
            |_| unparked.recv().unwrap(),
        );
    });
    assert!(broken.starts_with("deadlock: "), "{broken}");
}

/// A task that nobody awaits: the executor is dropped first, and A with it.
#[test]
fn planted_an_a_that_nobody_awaits_is_caught() {
    let broken = refute(&LESSON.law, |server| {
        let requests = Requests::new();
        drop(requests.spawn("A", request_a("A", server)));
        let b = requests.spawn("B", async { request_b() });
        let c = requests.spawn("C", async { request_c() });
        requests.block_on(async {
            b.await.unwrap();
            c.await.unwrap();
        });
    });
    assert!(
        broken.contains("missing: 'A ends' on main, 'A resumed with \"io result\"' on main"),
        "{broken}"
    );
}
