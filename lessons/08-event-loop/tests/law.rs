//! The law: on one thread, in every order in which things can become ready.

use std::cell::RefCell;
use std::io;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Waker};

use futures::io::AsyncRead;
use ioloop::{IoLoop, JoinHandle, TcpStream, spawn};
use lesson::{Proved, prove_every_choice, refute_every_choice};
use lesson_01_blocking::{request_b, request_c};
use lesson_08_event_loop::{ARRIVALS, LESSON, Requests, answer, request_a, serve};
use slow_server::Address;
use timeline::tell;

mod outside;

use outside::{Outside, run, run_in_steps};

/// A6, F7: A's connection, and its reply, whole or in two pieces, in one poll with the connection or after it.
#[test]
fn a6_the_law_holds_however_things_become_ready() {
    let proved = prove_every_choice(&LESSON.law, |choices| {
        run(choices, |outside| {
            outside.borrow_mut().in_time = true;
            let server = outside.borrow().server();
            serve(server);
        })
    });
    assert_eq!(proved, Proved { runs: 8, orders: 1 });
}

/// Three clients are connected; their requests come when they like.
fn three_clients<F>(
    outside: &RefCell<Outside>,
    answer: impl Fn(Rc<Requests>, TcpStream, Address) -> F,
) where
    F: Future<Output = io::Result<()>> + 'static,
{
    let io_loop = IoLoop::current();
    let requests = Rc::new(Requests::on(io_loop.clone()));
    let server = outside.borrow().server();
    io_loop.block_on(async {
        let serve = |name| {
            let client = outside.borrow_mut().client(name);
            spawn(answer(requests.clone(), client, server.clone()))
        };
        let all: [JoinHandle<_>; 3] = ["A", "B", "C"].map(serve);
        for one in all {
            one.await.unwrap().unwrap();
        }
    });
}

/// A, B and C come in every order, while A is connected, or the timer is due, and the reply comes.
#[test]
fn a6_requests_that_come_when_they_like_are_served_in_every_order() {
    let proved = prove_every_choice(&ARRIVALS, |choices| {
        run_in_steps(choices, |outside| {
            three_clients(outside, |requests, client, server| async move {
                answer(&requests, client, server).await
            });
        })
    });
    assert_eq!(
        proved,
        Proved {
            runs: 1900,
            orders: 24
        }
    );
}

/// The loop is no help to who waits for A before he looks at B.
#[test]
fn planted_a_b_that_waits_for_a_is_caught() {
    let broken = refute_every_choice(&LESSON.law, |choices| {
        run(choices, |outside| {
            let server = outside.borrow().server();
            let requests = Requests::on(IoLoop::current());
            let a = requests.spawn("A", request_a("A", server));
            requests.block_on(async {
                a.await.unwrap().unwrap();
                request_b();
                request_c();
            });
        })
    });
    assert!(
        broken.starts_with("'B begins' came before 'I/O ends'")
            || broken.starts_with("'I/O ends' came before 'C ends'"),
        "{broken}"
    );
}

/// Serves a client to the end before it looks at the next: no order is wrong, but most never come.
#[test]
#[should_panic(expected = "orders seen and allowed")]
fn planted_a_server_that_serves_one_after_another_is_caught() {
    prove_every_choice(&ARRIVALS, |choices| {
        run_in_steps(choices, |outside| {
            let requests = Requests::on(IoLoop::current());
            let server = outside.borrow().server();
            requests.block_on(async {
                let connect = |name| outside.borrow_mut().client(name);
                for client in ["A", "B", "C"].map(connect) {
                    answer(&requests, client, server.clone()).await.unwrap();
                }
            });
        })
    });
}

/// An A whose I/O is `io`, and nobody else.
fn refute_io<F>(io: impl Fn(TcpStream) -> F) -> String
where
    F: Future<Output = String>,
{
    refute_every_choice(&ARRIVALS, |choices| {
        run_in_steps(choices, |outside| {
            outside.borrow_mut().in_time = true;
            let server = outside.borrow().server();
            IoLoop::current().block_on(async {
                tell("A begins");
                tell("I/O begins");
                tell("A suspended");
                let stream = TcpStream::connect(server.as_str()).await.unwrap();
                let reply = io(stream).await;
                tell("I/O ends");
                tell(format!("A resumed with {reply:?}"));
                tell("A ends");
                request_b();
                request_c();
            });
        })
    })
}

/// What one read gives need not be a whole line.
#[test]
fn planted_a_half_reply_that_is_taken_for_a_whole_one_is_caught() {
    let broken = refute_io(|stream| async move {
        let mut bytes = [0; 64];
        let read = std::future::poll_fn(|cx| pin!(&stream).poll_read(cx, &mut bytes)).await;
        str::from_utf8(&bytes[..read.unwrap()])
            .unwrap()
            .trim_end()
            .to_owned()
    });
    assert!(broken.contains("A resumed with \"io re\""), "{broken}");
}

/// A read that would block, and leaves nobody's waker.
#[test]
fn planted_a_waker_that_is_not_left_with_the_reactor_is_caught() {
    let broken = refute_io(|stream| async move {
        let mut bytes = [0; 64];
        std::future::poll_fn(|_| {
            let mut cx = Context::from_waker(Waker::noop());
            Pin::new(&mut &stream).poll_read(&mut cx, &mut bytes)
        })
        .await
        .unwrap();
        "io result".to_owned()
    });
    assert!(
        broken.starts_with("main: the program waits, and nothing can happen"),
        "{broken}"
    );
}

#[test]
fn the_notes_say_how_many_ways_there_are() {
    const NOTES: &str = include_str!("../README.md");
    for figure in ["all 8 ways", "runs 1,900 ways", "sees these 24"] {
        assert!(NOTES.contains(figure), "{figure}");
    }
}
