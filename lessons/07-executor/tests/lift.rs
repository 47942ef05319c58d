//! The lift: A stays on its thread, is cancelled by dropping it, and gets results and errors like any function.

use std::time::Duration;

use lesson_07_executor::{Requests, long_io, request_a, serve};
use promise::Error;
use slow_server::{Address, SlowServer};
use timeline::{Explorer, Story, tell};

/// In lesson 6 it is decided by chance. Here it is `main`, in every schedule.
#[test]
fn a_stays_on_its_thread() {
    let server = SlowServer::after(Duration::ZERO).unwrap();
    let address = server.address();
    let seen = Explorer::new().run(move || serve(address.clone()));
    seen.assert_no_failure();
    let events = seen.orders.iter().flatten();
    for (thread, what) in events.filter(|(_, what)| what.starts_with("A ")) {
        assert_eq!(&**thread, "main", "{what}");
    }
}

/// C2, the other way round: an `async fn` does nothing at the call, and nothing until it is polled.
#[test]
fn c2_an_async_fn_does_not_begin_at_the_call() {
    let server = SlowServer::after(Duration::ZERO).unwrap();
    let address = server.address();
    let recording = Story::new().run(|| {
        let requests = Requests::new();
        let a = request_a("A", address);
        tell("B called it");
        let a = requests.spawn("A", a);
        tell("B spawned it");
        drop(requests.block_on(a));
    });
    let recording = recording.unwrap();
    let main = recording.told_by("main");
    assert_eq!(main[..3], ["B called it", "B spawned it", "A begins"]);
}

/// A local of A that says where it is dropped.
struct Local;

impl Drop for Local {
    fn drop(&mut self) {
        tell("A loses its local");
    }
}

async fn with_a_local(server: Address) -> Result<String, Error> {
    tell("A begins");
    let _local = Local;
    let reply = long_io(server).await?;
    tell("A ends");
    Ok(reply)
}

/// The rest of A never runs, and what it holds is dropped, on `main`: whenever its I/O ends.
#[test]
fn a_cancelled_a_drops_its_locals_on_its_thread_and_never_goes_on() {
    let server = SlowServer::after(Duration::ZERO).unwrap();
    let address = server.address();
    let seen = Explorer::new().hold("I/O ends", "A is cancelled");
    let seen = seen.run(move || {
        let requests = Requests::new();
        let a = requests.spawn("A", with_a_local(address.clone()));
        requests.block_on(async {
            a.abort();
            assert!(a.await.unwrap_err().is_cancelled());
        });
        tell("A is cancelled");
    });
    seen.assert_no_failure();
    for order in &seen.orders {
        let main = order.iter().filter(|(thread, _)| &**thread == "main");
        let told: Vec<&str> = main.map(|(_, what)| &**what).collect();
        let expected = [
            "A begins",
            "A suspended",
            "A loses its local",
            "A is cancelled",
        ];
        assert_eq!(told, expected);
    }
}

/// The same, with the executor: to drop it drops its tasks.
#[test]
fn an_a_that_is_left_over_is_dropped_with_the_executor() {
    let (server, gate) = SlowServer::gated().unwrap();
    let address = server.address();
    let recording = Story::new().run(|| {
        let requests = Requests::new();
        drop(requests.spawn("A", with_a_local(address)));
        requests.block_on(async {}); // A's turn comes first
        drop(requests);
        tell("B is served");
        gate.open();
    });
    let recording = recording.unwrap();
    let main = recording.told_by("main");
    let expected = [
        "A begins",
        "A suspended",
        "A loses its local",
        "B is served",
    ];
    assert_eq!(main, expected);
}

/// A8 d: `?` is all there is to it.
#[test]
fn a8_d_an_error_of_the_io_arrives_at_the_await_and_reaches_the_caller() {
    async fn catches(server: Address) -> String {
        match long_io(server).await {
            Ok(reply) => reply,
            Err(error) => format!("caught: {error}"),
        }
    }
    let server = SlowServer::hanging_up().unwrap();
    let address = server.address();
    let there = address.clone();
    let mut outcome = None;
    Story::new()
        .run(|| {
            let requests = Requests::new();
            outcome =
                Some(requests.block_on(async {
                    (catches(there.clone()).await, request_a("A", there).await)
                }));
        })
        .unwrap();
    let (caught, passed_on) = outcome.unwrap();
    let why = passed_on.unwrap_err().to_string();
    assert!(why.starts_with(&address.to_string()), "{why}");
    assert_eq!(caught, format!("caught: {why}"));
    let recording = Story::new().run(|| serve(address)).unwrap();
    assert!(recording.told().contains(&&*format!("A fails: {why}")));
}

async fn asks_twice(name: &str, first: Address, second: Address) -> Result<String, Error> {
    let one = long_io(first).await?;
    let two = long_io(second).await?;
    tell(format!("{name} ends"));
    Ok(format!("{one}, {two}"))
}

/// A8 b, c: two As at once, each with two I/Os, one after the other; whoever waits for the slow one ends last.
#[test]
fn a8_b_c_two_as_at_once_get_each_its_own_replies() {
    for slow_is_first in [false, true] {
        let (slow, gate) = SlowServer::gated().unwrap();
        let quick = SlowServer::after(Duration::ZERO).unwrap();
        let (slow, quick) = (slow.replying("slow"), quick.replying("quick"));
        let (slow, quick) = (slow.address(), quick.address());
        let (firsts, replies, ends) = match slow_is_first {
            true => (
                [slow, quick.clone()],
                ["slow, quick", "quick, quick"],
                "A2 ends",
            ),
            false => (
                [quick.clone(), slow],
                ["quick, quick", "slow, quick"],
                "A1 ends",
            ),
        };
        let story = Story::new().watch(move |event| {
            if event.what == ends {
                gate.open();
            }
        });
        let mut got = Vec::new();
        let recording = story.run(|| {
            let requests = Requests::new();
            let [one, two] = firsts;
            let one = requests.spawn("A1", asks_twice("A1", one, quick.clone()));
            let two = requests.spawn("A2", asks_twice("A2", two, quick));
            requests.block_on(async {
                got.push(one.await.unwrap().unwrap());
                got.push(two.await.unwrap().unwrap());
            });
        });
        assert_eq!(got, replies);
        let recording = recording.unwrap();
        let first_end = recording
            .told()
            .into_iter()
            .find(|it| it.starts_with('A') && it.ends_with(" ends"));
        assert_eq!(first_end, Some(ends));
    }
}

/// A8 b: in every order, too. One that is suspended twice would be told twice: each A is woken once for its reply.
#[test]
fn a8_b_two_as_at_once_end_in_every_schedule() {
    let server = SlowServer::after(Duration::ZERO).unwrap();
    let address = server.address();
    let seen = Explorer::new().run(move || {
        let requests = Requests::new();
        let one = requests.spawn("A1", request_a("A1", address.clone()));
        let two = requests.spawn("A2", request_a("A2", address.clone()));
        requests.block_on(async {
            one.await.unwrap().unwrap();
            two.await.unwrap().unwrap();
        });
    });
    seen.assert_no_failure();
    for order in &seen.orders {
        for name in ["A1", "A2"] {
            let told = order.iter().filter(|(_, what)| what.starts_with(name));
            let told: Vec<_> = told.map(|(_, what)| &what[3..]).collect();
            let reply = "resumed with \"io result\"";
            assert!(
                told == ["begins", reply, "ends"] || told == ["begins", "suspended", reply, "ends"],
                "{told:?}"
            );
        }
    }
}
