//! The flaw: one slot, and no rule who comes to it first.

use std::pin::Pin;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use co::{Coroutine, CoroutineState};
use lesson_03_generator::{RequestA, serve, start};
use slow_server::SlowServer;
use timeline::{Explorer, Mutex, Story, tell, thread};

/// A, but its first half ends only after the I/O has ended.
struct SlowToSuspend {
    a: RequestA,
    io_ended: Receiver<()>,
}

impl Coroutine<String> for SlowToSuspend {
    type Yield = ();
    type Return = ();

    fn start(mut self: Pin<&mut Self>) -> CoroutineState<(), ()> {
        let state = Pin::new(&mut self.a).start();
        self.io_ended.recv().unwrap();
        state
    }

    fn resume(mut self: Pin<&mut Self>, reply: String) -> CoroutineState<(), ()> {
        Pin::new(&mut self.a).resume(reply)
    }
}

/// A8 a: the reply comes while A still runs its first half. Nobody takes it, and A waits for ever.
#[test]
fn a8_a_io_that_ends_before_a_is_suspended_finds_it_running() {
    let server = SlowServer::after(Duration::ZERO).unwrap();
    let a = RequestA::new("A", server.address());
    let (ended, io_ended) = channel();
    let story = Story::new().watch(move |event| {
        if event.what.ends_with("is lost") {
            ended.send(()).unwrap();
        }
    });
    let recording = story.run(|| start(SlowToSuspend { a, io_ended })).unwrap();
    let told = recording.told();
    let expected = [
        "A begins",
        "I/O begins",
        "I/O ends",                                  // A has not come to its wait yet
        "\"io result\" finds A running and is lost", // Python: "generator already executing"
        "A suspended",                               // for ever: nothing will resume it
    ];
    assert_eq!(told, expected);
}

/// A8 b: the second A takes the slot. The first one's reply goes to the second.
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
        start(RequestA::new("A1", first));
        start(RequestA::new("A2", second));
    });
    let recording = recording.unwrap();
    let main = ["A1 begins", "A1 suspended", "A2 begins", "A2 suspended"];
    assert_eq!(recording.told_by("main"), main);
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
    let io = recording.told_by("io-1");
    assert_eq!(io.len(), 2, "{io:?}");
    assert!(io[1].starts_with("I/O fails: "), "{}", io[1]);
    assert_eq!(recording.when("A leaves"), None);
}

/// What the notes say of it: a slot that is locked while A runs loses no reply ...
#[test]
fn a_lock_held_while_a_runs_would_mend_the_race() {
    static SLOT: Mutex<Option<RequestA>> = Mutex::new(None);
    let seen = Explorer::new().run(|| {
        let mut slot = SLOT.lock();
        tell("A begins");
        thread::spawn("io", || {
            tell("I/O ends");
            let found = SLOT.lock().take();
            tell(if found.is_some() {
                "A resumed"
            } else {
                "A lost"
            });
        });
        tell("A suspended");
        *slot = Some(RequestA::Done);
    });
    seen.assert_no_failure();
    assert_eq!(seen.orders.len(), 2, "only \"I/O ends\" floats");
    let lost = |order: &timeline::Order| order.iter().any(|(_, what)| what == "A lost");
    assert!(!seen.orders.iter().any(lost));
}

/// ... but an A that starts another A waits for itself.
#[test]
fn a_lock_held_while_a_runs_would_stop_an_a_that_starts_another() {
    static SLOT: Mutex<Option<RequestA>> = Mutex::new(None);
    let seen = Explorer::new().run(|| {
        let _first = SLOT.lock();
        tell("A1 begins");
        let _second = SLOT.lock();
        tell("A2 begins");
    });
    let text = seen.failures[0].0.to_string();
    assert!(text.starts_with("deadlock: no thread can go on: main waits for a Mutex"));
}
