//! The lift: no thread waits for A's I/O, however many As there are, and who drops A stops its I/O, too.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use ioloop::{IoLoop, TimedOut, timeout};
use lesson_08_event_loop::{LESSON, Requests, long_io, request_a, serve};
use slow_server::SlowServer;
use timeline::{Story, tell};

#[path = "../examples/coroutine.rs"]
#[allow(dead_code, reason = "it has a `main` of its own")]
mod coroutine;

/// In lesson 7 the fifth I/O waited for a thread of the pool. Here all five are asked for at once, by one thread.
#[test]
fn five_ios_are_in_flight_at_once_on_one_thread() {
    let (server, gate) = SlowServer::gated().unwrap();
    let address = server.address();
    let story = Story::new().watch({
        let mut suspended = 0;
        move |event| {
            suspended += usize::from(event.what.ends_with(" suspended"));
            if suspended == 5 {
                gate.open(); // none has its reply before all have asked
            }
        }
    });
    let recording = story.run(|| {
        let requests = Requests::on(IoLoop::current());
        let spawn = |name| requests.spawn(name, request_a(name, address.clone()));
        let all = ["A1", "A2", "A3", "A4", "A5"].map(spawn);
        requests.block_on(async {
            for a in all {
                a.await.unwrap().unwrap();
            }
        });
    });
    let recording = recording.unwrap();
    assert_eq!(recording.threads, 1);
    let told = recording.told();
    let first_end = told.iter().position(|it| *it == "I/O ends").unwrap();
    let begun = told[..first_end].iter().filter(|it| **it == "I/O begins");
    assert_eq!(begun.count(), 5);
    for name in ["A1", "A2", "A3", "A4", "A5"] {
        assert!(told.contains(&&*format!("{name} ends")), "{told:?}");
    }
}

/// In lesson 7 a thread of the pool went on waiting. Here the connection is A's own, and is closed with it.
#[test]
fn a_cancelled_a_takes_its_io_with_it() {
    let (server, _gate) = SlowServer::gated().unwrap();
    let address = server.address();
    let mut left = (0, 0);
    let recording = Story::new().run(|| {
        let io_loop = IoLoop::new().unwrap();
        let requests = Requests::on(io_loop.clone());
        let a = requests.spawn("A", async { long_io(address).await });
        requests.block_on(async {
            // A's turn comes first: it is suspended now, and has a socket.
            let sockets = io_loop.sources();
            a.abort();
            assert!(a.await.unwrap_err().is_cancelled());
            left = (sockets, io_loop.sources());
        });
        tell("A is gone");
    });
    assert_eq!(left, (1, 0));
    let recording = recording.unwrap();
    assert_eq!(recording.told(), ["I/O begins", "A suspended", "A is gone"]);
}

/// E2 for what is a future of std: late is cancelled. The clock is moved, nobody waits.
#[test]
fn e2_a_reply_that_takes_too_long_is_given_up() {
    let (server, _gate) = SlowServer::gated().unwrap();
    let address = server.address();
    let io_loop = IoLoop::virtual_time().unwrap();
    // While the connection is under way time must not jump to the limit of that.
    let connected = io_loop.clone();
    io_loop.steer(move |batch| {
        while !batch.ready().is_empty() {
            batch.deliver(0);
            connected.unsteer();
        }
        ioloop::Then::Wait
    });
    let begin = io_loop.time();
    let hour = Duration::from_secs(3600);
    let mut late = None;
    let recording = Story::new().run(|| {
        let asks = async { timeout(hour, long_io(address)).await };
        late = Some(io_loop.block_on(asks).unwrap_err());
    });
    assert_eq!(late, Some(TimedOut));
    assert_eq!(io_loop.time() - begin, hour);
    assert_eq!(recording.unwrap().told(), ["I/O begins"]);
    assert_eq!(io_loop.sources(), 0);
}

/// A8 d: the errors of sockets, too, arrive at the await, with the words of the blocking I/O.
#[test]
fn a8_d_an_error_of_the_io_arrives_at_the_await() {
    let server = SlowServer::hanging_up().unwrap();
    let address = server.address();
    let recording = Story::new().run(|| serve(address.clone())).unwrap();
    let why = address.ask().unwrap_err();
    let told = recording.told();
    assert!(told.contains(&&*format!("A fails: {why}")), "{told:?}");
    assert!(told.contains(&"C ends"));
}

/// B4, B9, C2: lesson 6's coroutine, resumed on the thread of the loop, in the next turn.
#[test]
fn b4_b9_a_coroutine_is_resumed_on_the_thread_of_the_loop() {
    let (server, gate) = SlowServer::gated().unwrap();
    let address = server.address();
    let seen = Arc::new(Mutex::new((false, false)));
    let story = Story::new().watch(move |event| {
        let mut seen = seen.lock().unwrap();
        seen.0 |= event.what == "C ends";
        seen.1 |= event.what == "I/O begins";
        if *seen == (true, true) {
            gate.open();
        }
    });
    let recording = story.run(|| coroutine::serve(address)).unwrap();
    assert_eq!(recording.threads, 1);
    let mut told = recording.told();
    let io = told.iter().position(|it| *it == "I/O begins").unwrap();
    // The task that asks has its first turn when the one who called has come to a wait.
    assert_eq!(told[io - 1], "C ends");
    assert_eq!(told[io + 1], "I/O suspended");
    told.drain(io..io + 2);
    let mut events = recording.events.iter();
    assert!(events.all(|event| !event.what.starts_with("I/O") || &*event.request == "A"));
    let mut law: Vec<_> = LESSON.law.outcomes[0].chains[0].events.to_vec();
    law.retain(|it| *it != "I/O begins");
    assert_eq!(told, law);
}
