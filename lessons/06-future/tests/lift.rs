//! The lift: everything that lessons 2 to 5 could not do (row A8).

use std::sync::mpsc;
use std::time::Duration;

use lesson_06_future::{long_io, request_a, run};
use promise::{Future, wait};
use slow_server::{Address, SlowServer};
use timeline::{Explorer, Order, Story, tell};

/// A server whose I/O is over before anyone can look.
fn at_once() -> SlowServer {
    SlowServer::after(Duration::ZERO).unwrap()
}

/// A8 a, lifted: an I/O that ends before A waits is no accident any more. In every schedule A ends,
/// with its reply, once.
#[test]
fn a8_a_a_reply_that_comes_too_early_is_simply_there() {
    let server = at_once();
    let address = server.address();
    let seen = Explorer::new().run(move || drop(request_a("A", address.clone())));
    seen.assert_no_failure();
    let once = |order: &Order, what: &str| order.iter().filter(|(_, w)| w == what).count() == 1;
    for order in &seen.orders {
        assert!(once(order, "A resumed with \"io result\"") && once(order, "A ends"));
    }
}

/// A8 b, lifted: two As at once, each with its own reply, whichever comes first.
#[test]
fn a8_b_two_as_at_once_get_each_its_own_reply() {
    for second_first in [false, true] {
        let (first, open_first) = SlowServer::gated().unwrap();
        let (second, open_second) = SlowServer::gated().unwrap();
        let (first, second) = (first.replying("first"), second.replying("second"));
        let (one, two) = (first.address(), second.address());
        let (early, late, ends) = match second_first {
            false => (open_first, open_second, "A1 ends"),
            true => (open_second, open_first, "A2 ends"),
        };
        // The later reply comes when the A of the earlier one has ended.
        let story = Story::new().watch(move |event| {
            if event.what == ends {
                late.open();
            }
        });
        let recording = story.run(|| {
            drop(request_a("A1", one));
            drop(request_a("A2", two));
            early.open();
        });
        let told = recording.as_ref().unwrap().told();
        for what in [
            "A1 resumed with \"first\"",
            "A2 resumed with \"second\"",
            "A1 ends",
            "A2 ends",
        ] {
            assert_eq!(
                told.iter().filter(|w| **w == what).count(),
                1,
                "{what}: {told:?}"
            );
        }
    }
}

#[co::coroutine(start = run, wait = wait)]
fn asks_twice(first: Address, second: Address) -> Future<String> {
    tell("A begins");
    let one = yield_!(long_io(first))?;
    let two = yield_!(long_io(second))?;
    tell("A ends");
    Ok(format!("{one}, {two}"))
}

/// A8 c, lifted: as many yields as one likes.
#[test]
fn a8_c_a_second_yield_is_served_like_the_first() {
    let (first, open_first) = SlowServer::gated().unwrap();
    let (second, open_second) = SlowServer::gated().unwrap();
    let (first, second) = (first.replying("one"), second.replying("two"));
    let (one, two) = (first.address(), second.address());
    let (sender, result) = mpsc::channel();
    let recording = Story::new().run(|| {
        let a = asks_twice(one, two);
        a.add_done_callback(move |outcome| {
            sender.send(outcome.as_ref().unwrap().clone()).unwrap();
        });
        open_first.open(); // only now: A is suspended
        open_second.open();
    });
    let recording = recording.unwrap();
    let expected = [
        "A begins",
        "A suspended", // at the first yield; main goes on
        "I/O begins",
        "I/O ends",
        "A suspended", // at the second, on the thread of the first I/O
        "I/O begins",
        "I/O ends",
        "A ends",
    ];
    let mut told = recording.told();
    // The first I/O may begin before A is put aside, the second one too.
    told.sort_by_key(|what| expected.iter().position(|e| e == what));
    let mut sorted = expected;
    sorted.sort_by_key(|what| expected.iter().position(|e| e == what));
    assert_eq!(told, sorted);
    assert_eq!(result.recv().unwrap(), "one, two");
}

/// A8 d, lifted: the error of the I/O arrives at the yield, and may be caught there.
#[test]
fn a8_d_an_error_of_the_io_arrives_at_the_yield() {
    #[co::coroutine(start = run, wait = wait)]
    fn catches(server: Address) -> Future<String> {
        match yield_!(long_io(server)) {
            Ok(reply) => Ok(reply),
            Err(error) => Ok(format!("caught: {error}")),
        }
    }
    let server = SlowServer::hanging_up().unwrap();
    let address = server.address();
    let (sender, result) = mpsc::channel();
    Story::new()
        .run(|| {
            catches(address).add_done_callback(move |outcome| {
                sender.send(outcome.as_ref().unwrap().clone()).unwrap();
            });
        })
        .unwrap();
    let caught = result.recv().unwrap();
    assert!(caught.starts_with("caught: "), "{caught}");
}

/// A8 d, lifted: not caught, it passes through A to whoever has A's future.
#[test]
fn a8_d_an_error_that_a_passes_on_reaches_its_caller() {
    let server = SlowServer::hanging_up().unwrap();
    let address = server.address();
    let recording = Story::new().run(|| lesson_06_future::serve(address));
    let recording = recording.unwrap();
    let told = recording.told();
    assert!(
        told.iter().any(|what| what.starts_with("A fails: ")),
        "{told:?}"
    );
    assert!(!told.contains(&"A ends"));
    assert!(told.contains(&"C ends"));
}

/// A8 e, lifted: a function that never yields is done when the call returns.
#[test]
fn a8_e_a_function_that_never_yields_is_done_at_once() {
    #[co::coroutine(start = run, wait = wait)]
    fn never_yields(n: u32) -> Future<u32> {
        Ok(n + 1)
    }
    let done = never_yields(41).try_take().unwrap();
    assert_eq!(done.unwrap(), 42);
}

/// A8 f, lifted: arguments go in, and what A returns comes out.
#[test]
fn a8_f_what_a_returns_comes_to_its_caller() {
    let (server, gate) = SlowServer::gated().unwrap();
    let address = server.address();
    let (sender, result) = mpsc::channel();
    Story::new()
        .run(|| {
            let a = request_a("A", address);
            a.add_done_callback(move |outcome| {
                sender.send(*outcome.as_ref().unwrap()).unwrap();
            });
            gate.open();
        })
        .unwrap();
    assert_eq!(result.recv().unwrap(), "io result".len());
}
