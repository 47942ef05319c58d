//! Faults at every call of the transport, and reads that are given up at every poll.

mod wire;

use std::cell::RefCell;
use std::io::ErrorKind;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use executor::{Executor, block_on, spawn, yield_now};
use iostream::{Error, IoStream, Pattern};
use proptest::prelude::*;
use wire::{Calls, Fault, turns, wire};

/// What the conversation below gives, if all goes well.
const RIGHT: [&[u8]; 5] = [b"one\n", b"two", b"three!", b"fo", b"ur"];
const HEARD: &[u8] = b"helloI say: how are you?";

/// A whole conversation: each kind of read, writes that do not fit, the end of what comes.
async fn conversation(stream: IoStream<wire::Wire>) -> Result<Vec<Vec<u8>>, Error> {
    let shout = Pattern::new("!").unwrap();
    let mut got = Vec::new();
    stream.write(b"hello").await?;
    got.push(stream.read_until(b"\n", 10).await?);
    drop(stream.write(b"I say: "));
    got.push(stream.read_bytes(3).await?);
    stream.write(b"how are you?").await?;
    got.push(stream.read_until_regex(&shout, 10).await?);
    let mut pieces = stream.read_bytes_streaming(2);
    let mut two = Vec::new();
    while let Some(piece) = pieces.next().await? {
        two.extend(piece);
    }
    got.push(two);
    got.push(stream.read_until_close().await?);
    Ok(got)
}

type Said = Result<Vec<Vec<u8>>, Error>;

/// Runs the conversation with a fault at the call of number `at`; gives what this side got, what the peer got, and how
/// many calls there were.
fn run(at: usize, fault: Option<Fault>) -> (Said, Vec<u8>, usize) {
    let executor = Executor::new();
    let (end, peer) = wire();
    let calls: Rc<Calls> = end.calls.clone();
    calls.fault.set(fault.map(|fault| (at, fault)));
    peer.room(4);
    let heard = Rc::new(RefCell::new(Vec::new()));
    let hears = heard.clone();
    // The peer goes on when it has heard enough, or when nothing more will come.
    drop(executor.spawn({
        let calls = calls.clone();
        async move {
            let lines: [(usize, &[u8]); 6] = [
                (5, b"one"),
                (5, b"\nt"),
                (12, b"wo"),
                (12, b"t"),
                (24, b"hree!f"),
                (24, b"our"),
            ];
            for (enough, line) in lines {
                while hears.borrow().len() < enough && !calls.dropped.get() {
                    yield_now().await;
                    hears.borrow_mut().extend(peer.got());
                }
                peer.send(line);
            }
            hears.borrow_mut().extend(peer.got());
            peer.end();
        }
    }));
    let talks = executor.spawn(async {
        let stream = IoStream::new(end);
        conversation(stream).await
    });
    // A bounded number of turns: whoever hangs does not hang the test.
    for _ in 0..1000 {
        executor.turn(64);
    }
    assert!(talks.is_finished(), "{fault:?} at {at}: it hangs");
    let said = executor.block_on(talks).unwrap();
    executor.turn(64);
    assert!(
        calls.dropped.get(),
        "{fault:?} at {at}: the transport is left"
    );
    assert_eq!(executor.tasks(), 0, "{fault:?} at {at}: a task is left");
    let heard = heard.borrow().clone();
    (said, heard, calls.count.get())
}

/// FF05: what only delays changes nothing; an error is the cause of the close, and all before it is right.
#[test]
fn ff05_each_fault_at_each_call() {
    let (said, heard, calls) = run(0, None);
    assert_eq!(said.unwrap(), RIGHT);
    assert_eq!(heard, HEARD);
    assert!(calls > 15, "{calls}");
    let last = if cfg!(miri) { 12 } else { calls * 2 };
    for at in 0..last {
        for fault in [
            Fault::Pending,
            Fault::Short,
            Fault::Error(ErrorKind::Interrupted),
        ] {
            let (said, heard, _) = run(at, Some(fault));
            assert_eq!(said.unwrap(), RIGHT, "{fault:?} at {at}");
            assert_eq!(heard, HEARD, "{fault:?} at {at}");
        }
        for kind in [
            ErrorKind::ConnectionReset,
            ErrorKind::BrokenPipe,
            ErrorKind::TimedOut,
        ] {
            let (said, heard, calls) = run(at, Some(Fault::Error(kind)));
            assert!(HEARD.starts_with(&heard[..]));
            match said {
                Ok(said) => assert!(
                    said == RIGHT && calls <= at,
                    "{kind:?} at {at} was not seen"
                ),
                Err(error) => {
                    assert_eq!(error.cause().unwrap().io_kind(), Some(kind), "at {at}");
                }
            }
        }
    }
}

/// How a read is tried, once.
#[derive(Clone, Copy, Debug)]
enum Try {
    Exactly(usize),
    AtMost(usize),
    Until,
    Match,
    Streaming(usize),
}

fn tries() -> impl Strategy<Value = Try> {
    prop_oneof![
        (1_usize..9).prop_map(Try::Exactly),
        (1_usize..9).prop_map(Try::AtMost),
        Just(Try::Until),
        Just(Try::Match),
        (1_usize..9).prop_map(Try::Streaming),
    ]
}

/// Polls `future` so many times, lets others run in between, and gives it up then.
async fn given_up_after<F: Future + Unpin>(polls: usize, mut future: F) -> Option<F::Output> {
    for _ in 0..polls {
        let mut cx = Context::from_waker(Waker::noop());
        if let Poll::Ready(result) = pin!(&mut future).poll(&mut cx) {
            return Some(result);
        }
        yield_now().await;
    }
    None
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if cfg!(miri) { 4 } else { 400 }, failure_persistence: None, ..<_>::default() })]

    /// FF09: reads of all kinds, given up at any poll, lose no byte and double none.
    #[test]
    fn ff09_a_read_that_is_given_up_takes_no_byte_with_it(
        pieces in prop::collection::vec(prop::collection::vec(prop::sample::select(b"abc\n".to_vec()), 1..12), 1..12),
        tries in prop::collection::vec((tries(), 0_usize..4), 1..40),
        watched in any::<bool>(),
        hesitates in any::<bool>(),
    ) {
        let sent = pieces.concat();
        let got = block_on(async {
            let (end, peer) = wire();
            end.calls.hesitates.set(hesitates);
            let stream = IoStream::new(end);
            if watched {
                stream.set_close_callback(|| ());
            }
            let line = Pattern::new("\n").unwrap();
            drop(spawn(async move {
                for piece in pieces {
                    peer.send(&piece);
                    turns().await;
                }
            }));
            let mut got = Vec::new();
            for (read, polls) in tries {
                let read = match read {
                    Try::Exactly(length) => given_up_after(polls, stream.read_bytes(length)).await,
                    Try::AtMost(length) => given_up_after(polls, stream.read_bytes_partial(length)).await,
                    Try::Until => given_up_after(polls, stream.read_until(b"\n", 1000)).await,
                    Try::Match => given_up_after(polls, stream.read_until_regex(&line, 1000)).await,
                    Try::Streaming(length) => {
                        let mut pieces = stream.read_bytes_streaming(length);
                        let piece = given_up_after(polls, Box::pin(pieces.next())).await;
                        piece.map(|piece| piece.map(Option::unwrap_or_default))
                    }
                };
                match read {
                    Some(Ok(bytes)) => got.extend(bytes),
                    // The peer has sent all; what is left is asked for below.
                    Some(Err(error)) => assert!(matches!(error, Error::Closed(None))),
                    None => {}
                }
            }
            got.extend(stream.read_until_close().await.unwrap());
            got
        });
        prop_assert_eq!(got, sent);
    }
}
