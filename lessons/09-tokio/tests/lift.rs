//! The lift: one request that blocks its thread does not stop the others, where there are other threads.

use std::sync::mpsc::channel;
use std::sync::{Arc, Barrier};
use std::time::Duration;

use lesson_01_blocking::{long_io, request_b, request_c};
use slow_server::{Address, SlowServer};
use timeline::{Recording, Story, tell, thread};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tokio::task::block_in_place;

fn one_thread() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

fn workers(count: usize) -> Runtime {
    Builder::new_multi_thread()
        .worker_threads(count)
        .on_thread_start(|| thread::enter("worker"))
        .enable_all()
        .build()
        .unwrap()
}

/// The mistake of lesson 8's flaw: inside a task, lesson 1's I/O, which holds its thread.
fn blocking_a(server: &Address) {
    tell("A begins");
    long_io(server).unwrap();
    tell("A ends");
}

/// A blocks in its task, in this way; B and C are two more tasks.
fn with_a_blocking_a(runtime: &Runtime, server: &Address, block: fn(&Address)) {
    let server = server.clone();
    runtime.block_on(async {
        let a = tokio::spawn(async move { block(&server) });
        let b = tokio::spawn(async { request_b() });
        let c = tokio::spawn(async { request_c() });
        for task in [a, b, c] {
            task.await.unwrap();
        }
    });
}

/// The gate of A's reply opens when both B and C are served: if they had to wait for A, nobody would ever end.
fn a_outlasts_b_and_c(runtime: fn() -> Runtime, block: fn(&Address)) -> Recording {
    let (server, gate) = SlowServer::gated().unwrap();
    let mut ended = 0;
    let story = Story::new().watch(move |event| {
        ended += usize::from(matches!(&*event.what, "B ends" | "C ends"));
        if ended == 2 {
            gate.open();
        }
    });
    let address = server.address();
    let recording = story.run(|| with_a_blocking_a(&runtime(), &address, block));
    recording.unwrap()
}

/// C20 as it was: on one thread B and C wait until A's blocking call is over.
#[test]
fn c20_on_one_thread_a_blocking_call_stops_everybody() {
    let server = SlowServer::after(Duration::ZERO).unwrap();
    let address = server.address();
    let story = Story::new();
    let recording = story.run(|| with_a_blocking_a(&one_thread(), &address, blocking_a));
    let expected = [
        "A begins",
        "I/O begins",
        "I/O ends",
        "A ends",
        "B begins",
        "B ends",
        "C begins",
        "C ends",
    ];
    assert_eq!(recording.unwrap().told(), expected);
}

/// C20, lifted: another thread takes B and C.
#[test]
fn c20_on_two_threads_b_and_c_are_served_while_a_blocks_one() {
    let recording = a_outlasts_b_and_c(|| workers(2), blocking_a);
    assert_eq!(recording.told().last(), Some(&"A ends"));
}

/// As many blocking calls as workers, and all stand still: here two As on two workers. B begins when one has its reply.
#[test]
fn c20_two_blocking_calls_stop_two_threads() {
    let (server, gate) = SlowServer::gated().unwrap();
    let mut begun = 0;
    let (both, both_begun) = channel();
    let story = Story::new().watch(move |event| {
        begun += usize::from(event.what == "I/O begins");
        if event.what == "I/O begins" && begun == 2 {
            both.send(()).unwrap();
        }
    });
    let address = server.address();
    let recording = story.run(|| {
        let runtime = workers(2);
        let a = |server: Address| runtime.spawn(async move { blocking_a(&server) });
        let both = [a(address.clone()), a(address)];
        both_begun.recv().unwrap(); // both workers are in a blocking call
        let b = runtime.spawn(async { request_b() });
        gate.open();
        runtime.block_on(async {
            for task in both.into_iter().chain([b]) {
                task.await.unwrap();
            }
        });
    });
    let recording = recording.unwrap();
    let told = recording.told();
    let at = |what: &str| told.iter().position(|it| *it == what);
    assert!(at("I/O ends") < at("B begins"), "{told:?}");
}

/// `block_in_place` says so beforehand: the other tasks of this worker move to a new thread, even from the only one.
#[test]
fn block_in_place_hands_the_others_to_a_new_thread() {
    let recording = a_outlasts_b_and_c(
        || workers(1),
        |server| block_in_place(|| blocking_a(server)),
    );
    assert_eq!(recording.told().last(), Some(&"A ends"));
    assert!(recording.threads > 1 + 1);
}

/// Who has only one thread cannot hand it over: a panic that says so, and it is the task's result.
#[test]
fn block_in_place_is_refused_on_one_thread() {
    let refused = one_thread().block_on(async {
        let task = tokio::spawn(async { block_in_place(|| ()) });
        task.await.unwrap_err().into_panic()
    });
    let why = refused.downcast_ref::<&str>().copied();
    let why = why.or_else(|| refused.downcast_ref::<String>().map(|it| &**it));
    let expected = "can call blocking only when running on the multi-threaded runtime";
    assert_eq!(why, Some(expected));
}

/// Two tasks that meet in the middle of their polls: they run in the same moment, which one thread cannot do.
#[test]
fn two_tasks_run_at_the_same_time() {
    let meeting = Arc::new(Barrier::new(2));
    workers(2).block_on(async {
        let meet = || {
            let meeting = meeting.clone();
            tokio::spawn(async move { meeting.wait().is_leader() })
        };
        let (one, other) = (meet(), meet());
        assert_ne!(one.await.unwrap(), other.await.unwrap());
    });
}

/// A socket that was made on one thread is read on another, by another task. Ours refuses that.
#[test]
fn a_socket_goes_to_whichever_thread() {
    let runtime = workers(2);
    let (reply, threads) = runtime.block_on(async {
        let here = std::thread::current().id();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap())
            .await
            .unwrap();
        let (mut server, _) = listener.accept().await.unwrap();
        server.write_all(b"io result").await.unwrap();
        drop(server);
        let read = tokio::spawn(async move {
            let mut reply = String::new();
            client.read_to_string(&mut reply).await.unwrap();
            (reply, [here, std::thread::current().id()])
        });
        read.await.unwrap()
    });
    assert_eq!(reply, "io result");
    assert_ne!(threads[0], threads[1]);
}
