//! The law: on one thread; and wherever the answer is cut, in every order in which pieces and requests can come.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ioloop::{IoLoop, JoinHandle};
use iostream::{IoStream, Transport};
use lesson::{Choices, Events, Proof, Proved, prove, prove_every_choice, refute_every_choice};
use lesson_01_blocking::{request_b, request_c};
use lesson_08_event_loop::Requests;
use lesson_10_streams::{Failure, LESSON, PIECES, fetch, request_a, serve, very_simple};
use timeline::{Story, tell};

#[path = "../../../crates/iostream/tests/wire/mod.rs"]
mod wire;

use wire::{Wire, turns, wire};

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nio result";

/// A6: with real sockets, and one thread.
#[test]
fn a6_the_law_holds() {
    let proof = Proof {
        orders: 1,
        while_io_lasts: 1,
    };
    assert_eq!(prove(&LESSON.law, serve), proof);
}

#[derive(Clone, Copy)]
enum Step<'a> {
    A,
    B,
    C,
    Piece(&'a [u8]),
}

/// The answer in two pieces, or whole; A, B and C, and the pieces, come as is chosen. What happens between two of them is
/// one event.
fn in_pieces<F>(choices: &Choices, ask: impl FnOnce(IoStream<Wire>) -> F + 'static) -> Events
where
    F: Future<Output = Result<Vec<u8>, Failure>> + 'static,
{
    let told = Arc::new(AtomicUsize::new(0));
    let count = told.clone();
    let steps = Rc::new(RefCell::new(Vec::new()));
    let story = Story::new().watch(move |_| {
        count.fetch_add(1, Ordering::Relaxed);
    });
    let recording = story.run(|| {
        let io_loop = IoLoop::new().unwrap();
        io_loop.make_current();
        let requests = Requests::on(io_loop.clone());
        requests.block_on(async {
            let (end, peer) = wire();
            let mut asked = Some(async move {
                tell("I/O begins");
                let reply = ask(IoStream::new(end)).await?;
                tell("I/O ends");
                Ok(String::from_utf8(reply)?)
            });
            let mut a: Option<JoinHandle<_>> = None;
            let cut = 1 + choices.choose(ANSWER.len());
            let (first, second) = ANSWER.split_at(cut);
            let mut pieces = vec![Step::Piece(first)];
            if !second.is_empty() {
                pieces.insert(0, Step::Piece(second));
            }
            let mut left = vec![Step::A, Step::B, Step::C];
            while !left.is_empty() {
                match left.remove(choices.choose(left.len())) {
                    Step::A => {
                        a = asked
                            .take()
                            .map(|io| requests.spawn("A", request_a("A", io)));
                        left.extend(pieces.pop());
                    }
                    Step::B => request_b(),
                    Step::C => request_c(),
                    Step::Piece(bytes) => {
                        peer.send(bytes);
                        left.extend(pieces.pop());
                    }
                }
                turns().await;
                steps.borrow_mut().push(told.load(Ordering::Relaxed));
            }
            let a = a.unwrap();
            a.abort();
            if let Ok(Err(error)) = a.await {
                tell(format!("A fails: {error}"));
                steps.borrow_mut().push(told.load(Ordering::Relaxed));
            }
        });
        drop(requests);
        io_loop.close();
    });
    let recording = recording.unwrap();
    let told = recording.told();
    let mut from = 0;
    let mut events = Events::new();
    for &to in steps.borrow().iter().filter(|to| **to > 0) {
        if from < to {
            let step = told[from..to].join(", ");
            // The I/O is A's.
            let request = if step.starts_with("I/O") {
                "A"
            } else {
                &step[..1]
            };
            events.push((request.to_owned(), step));
        }
        from = to;
    }
    events
}

/// Of each of 46 cuts 20 orders of A, its two pieces, B and C; and 12 with the answer whole.
const PROVED: Proved = Proved {
    runs: 46 * 20 + 12,
    orders: 12,
};

#[test]
fn the_answer_may_be_cut_anywhere() {
    let proved = prove_every_choice(&PIECES, |choices| {
        in_pieces(
            choices,
            |stream| async move { Ok(fetch(&stream).await?.body) },
        )
    });
    assert_eq!(proved, PROVED);
}

/// What is broken about the very simple client is not this.
#[test]
fn the_very_simple_client_keeps_this_law_too() {
    let proved = prove_every_choice(&PIECES, |choices| {
        in_pieces(choices, |stream| async move { very_simple(&stream).await })
    });
    assert_eq!(proved, PROVED);
}

/// A client without a buffer.
async fn body_of<S: Transport>(stream: &IoStream<S>, head: Vec<u8>) -> Result<Vec<u8>, Failure> {
    assert!(head.starts_with(b"HTTP/1.1 200"), "half a head");
    Ok(stream.read_bytes(9).await?)
}

/// Takes what one read gives for the head, as if the network kept messages apart.
#[test]
fn planted_a_read_is_taken_for_a_message() {
    let broken = refute_every_choice(&PIECES, |choices| {
        in_pieces(choices, |stream| async move {
            let head = stream.read_bytes_partial(4096).await?;
            if !head.ends_with(b"\r\n\r\n") {
                return Err("that was not the head".into());
            }
            body_of(&stream, head).await
        })
    });
    assert!(
        broken.contains("A fails: that was not the head"),
        "{broken}"
    );
}

/// Drops what came behind the head in the same piece.
#[test]
fn planted_what_came_behind_the_head_is_lost() {
    let broken = refute_every_choice(&PIECES, |choices| {
        in_pieces(choices, |stream| async move {
            let mut head = Vec::new();
            while !head.windows(4).any(|four| four == b"\r\n\r\n") {
                head.extend(stream.read_bytes_partial(4096).await?);
            }
            body_of(&stream, head).await
        })
    });
    assert!(broken.contains("missing: 'I/O ends, A resumed"), "{broken}");
}
