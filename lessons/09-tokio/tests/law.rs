//! The law: on one thread one order; on many, each task's own.
//!
//! tokio's scheduler is not ours to steer. What decides is made to happen: when a reply comes, by a gate; which thread
//! goes on, by holding the others back before what they are about to tell.

use std::collections::VecDeque;
use std::io::Write;
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

use lesson::{Choices, Events, Proved, prove_every_choice, refute_every_choice};
use lesson_01_blocking::{request_b, request_c};
use lesson_09_tokio::{LESSON, MANY_THREADS, request_a, serve, serve_on_threads, watched};
use slow_server::{Address, SlowServer};
use socket2::SockRef;
use timeline::{Recording, Story};
use tokio::runtime::Builder;

fn by_thread(recording: &Recording) -> Events {
    let events = recording.events.iter();
    events
        .map(|event| (event.thread.to_string(), event.what.clone()))
        .collect()
}

/// As [`MANY_THREADS`] has it.
fn by_task(recording: &Recording) -> Events {
    let events = recording.events.iter();
    events
        .filter(|event| event.what != "A suspended")
        .map(|event| (event.request.to_string(), event.what.clone()))
        .collect()
}

/// The reply comes when all that can happen without it has happened.
fn when_only_a_is_left(serve: fn(Address)) -> Recording {
    let (server, gate) = SlowServer::gated().unwrap();
    let story = Story::new().watch(move |event| {
        if event.what == "C ends" {
            gate.open();
        }
    });
    story.run(|| serve(server.address())).unwrap()
}

/// A server that replies at once, and says so when the system of its client has the reply.
fn replies_at_once() -> (Address, Receiver<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (arrived, has_arrived) = channel();
    thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        client.write_all(b"io result\n").unwrap();
        // Closing it then waits until the other side has acknowledged everything.
        let linger = Some(Duration::from_secs(60));
        SockRef::from(&client).set_linger(linger).unwrap();
        drop(client);
        arrived.send(()).unwrap();
    });
    (address.into(), has_arrived)
}

/// The reply comes while B holds the only thread: the runtime sees it and the connection at once.
fn with_its_connection(serve: fn(Address)) -> Recording {
    let (server, arrived) = replies_at_once();
    let story = Story::new().watch(move |event| {
        if event.what == "B begins" {
            arrived.recv().unwrap();
        }
    });
    story.run(|| serve(server)).unwrap()
}

fn both_ways(serve: fn(Address)) -> impl FnMut(&Choices) -> Recording {
    move |choices| match choices.choose(2) {
        0 => when_only_a_is_left(serve),
        _ => with_its_connection(serve),
    }
}

/// tokio's runtime, and our loop.
#[test]
fn a6_on_one_thread_there_is_one_order_however_early_the_reply() {
    for serve in [serve, lesson_08_event_loop::serve] {
        let mut run = both_ways(serve);
        let proved = prove_every_choice(&LESSON.law, |choices| by_thread(&run(choices)));
        assert_eq!(proved, Proved { runs: 2, orders: 1 });
    }
}

/// What one thread does is among what tokio promises for many.
#[test]
fn one_thread_keeps_the_law_of_the_tasks() {
    for serve in [serve, lesson_08_event_loop::serve] {
        for recording in [when_only_a_is_left(serve), with_its_connection(serve)] {
            MANY_THREADS.law.check(&by_task(&recording)).unwrap();
        }
    }
}

/// Lets the events of a run happen in one order. Who is not next is held back, and with it the thread that it is on.
#[derive(Default)]
struct Turnstile {
    next: Mutex<VecDeque<&'static str>>,
    changed: Condvar,
}

impl Turnstile {
    fn wait(&self, what: &str) {
        let stuck = Duration::from_secs(60);
        let waits = |next: &mut VecDeque<_>| next.front() != Some(&what);
        let next = self.next.lock().unwrap();
        let (next, timeout) = self.changed.wait_timeout_while(next, stuck, waits).unwrap();
        assert!(!timeout.timed_out(), "{what} waits for {next:?}");
    }

    fn passed(&self) {
        self.next.lock().unwrap().pop_front();
        self.changed.notify_all();
    }
}

/// Three tasks that may each hold a thread, and one thread more to look after the sockets.
fn in_this_order(order: Vec<&'static str>) -> Recording {
    let server = SlowServer::after(Duration::ZERO).unwrap();
    let turnstile = Arc::new(Turnstile::default());
    turnstile.next.lock().unwrap().extend(order);
    let passed = turnstile.clone();
    let story = Story::new()
        .gate(move |what| {
            if what != "A suspended" {
                turnstile.wait(what);
            }
        })
        .watch(move |event| {
            if event.what != "A suspended" {
                passed.passed();
            }
        });
    story.run(|| serve_on_threads(4, server.address())).unwrap()
}

/// Every order that the law allows can happen on many threads: each is made to.
#[test]
fn a6_on_many_threads_every_order_of_the_tasks_happens() {
    let proved = prove_every_choice(&MANY_THREADS.law, |choices| {
        let chains = MANY_THREADS.law.outcomes[0].chains.iter();
        let mut left: Vec<_> = chains.map(|chain| chain.events.iter()).collect();
        let mut order = Vec::new();
        while !left.is_empty() {
            let task = choices.choose(left.len());
            order.extend(left[task].next());
            left.retain(|events| events.len() > 0);
        }
        by_task(&in_this_order(order))
    });
    let all = Proved {
        runs: 756,
        orders: 756,
    };
    assert_eq!(proved, all);
}

/// The other half, that no other order happens, cannot be had by trying: here are five hundred runs that nobody holds
/// back.
#[test]
fn many_threads_left_to_themselves_keep_the_law() {
    let server = SlowServer::after(Duration::ZERO).unwrap();
    for _ in 0..500 {
        let recording = Story::new().run(|| serve_on_threads(2, server.address()));
        let recording = recording.unwrap();
        MANY_THREADS.law.check(&by_task(&recording)).unwrap();
        assert_eq!(recording.threads, 1 + 2);
    }
}

fn on_one_thread(requests: impl Future<Output = ()>) {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(requests);
}

#[test]
fn planted_b_before_a_is_caught() {
    let serve = |server| {
        on_one_thread(async {
            let a = request_a("A", server); // a call begins nothing
            let b = tokio::spawn(async { request_b() });
            let a = tokio::spawn(watched("A", a));
            let c = tokio::spawn(async { request_c() });
            b.await.unwrap();
            c.await.unwrap();
            a.await.unwrap().unwrap();
        });
    };
    let broken = refute_every_choice(&LESSON.law, |_| by_thread(&when_only_a_is_left(serve)));
    assert!(broken.starts_with("'B begins' came before 'A "), "{broken}");
}

/// `block_on` ends when its future does, and the runtime is dropped with what is left over.
#[test]
fn planted_an_a_that_nobody_awaits_is_caught() {
    let broken = refute_every_choice(&MANY_THREADS.law, |_| {
        let (server, _gate) = SlowServer::gated().unwrap();
        let recording = Story::new().run(|| {
            on_one_thread(async {
                drop(tokio::spawn(watched("A", request_a("A", server.address()))));
                tokio::spawn(async { request_b() }).await.unwrap();
                tokio::spawn(async { request_c() }).await.unwrap();
            });
        });
        by_task(&recording.unwrap())
    });
    assert!(broken.contains("missing: 'A ends' on A"), "{broken}");
}

/// Two tasks that do what one should: their events come in an order that no chain has.
#[test]
fn planted_a_b_that_ends_before_it_begins_is_caught() {
    let broken = refute_every_choice(&MANY_THREADS.law, |_| {
        let server = SlowServer::after(Duration::ZERO).unwrap();
        let recording = Story::new().run(|| {
            on_one_thread(async {
                let a = tokio::spawn(watched("A", request_a("A", server.address())));
                tokio::spawn(async { timeline::tell("B ends") })
                    .await
                    .unwrap();
                tokio::spawn(async { timeline::tell("B begins") })
                    .await
                    .unwrap();
                request_c();
                a.await.unwrap().unwrap();
            });
        });
        by_task(&recording.unwrap())
    });
    assert!(
        broken.starts_with("'B ends' came before 'B begins'"),
        "{broken}"
    );
}
