//! Messages in pieces, cut anywhere.

mod frames;
mod wire;

use bytes::Bytes;
use ioloop::yield_now;

use frames::{BINARY, CLOSE, FINAL, PING, PONG, TEXT, Told, echoing, frame, said};
use wire::{Peer, run};

/// Lengths at which a header has another form, both ways.
#[test]
fn j11_messages_of_all_lengths() {
    for length in [
        0,
        1,
        7,
        8,
        9,
        125,
        126,
        127,
        65_535,
        65_536,
        65_537,
        1 << 20,
    ] {
        let payload: Vec<u8> = (0..length).map(|at| (at % 251) as u8).collect();
        let bytes = [frame(BINARY, &payload), frame(CLOSE, "")].concat();
        let (frames, _) = said(bytes);
        assert!(frames[0] == (BINARY, payload), "{length}");
        assert_eq!(frames.len(), 2);
    }
}

/// What a client says that knows all: texts whole and in fragments, between which there are pings, one in the middle of a
/// character; empty ones; bytes; a header of four bytes.
fn conversation() -> Vec<u8> {
    let (cut, rest) = "né".as_bytes().split_at(2);
    [
        frame(TEXT, "whole"),
        frame(0x01, cut),
        frame(PING, "between"),
        frame(0x00, ""),
        frame(FINAL, rest),
        frame(PONG, ""),
        frame(0x02, ""),
        frame(FINAL, ""),
        frame(BINARY, [7; 126]),
    ]
    .concat()
}

fn told_of_it() -> Vec<String> {
    let bytes = Bytes::from(vec![7; 126]);
    [
        "text whole",
        "ping b\"between\"",
        "text né",
        "pong b\"\"",
        "binary b\"\"",
        &format!("binary {bytes:?}"),
    ]
    .map(str::to_owned)
    .into()
}

/// Sends them piece by piece, each of which is read on its own, and reads the answer.
async fn sends(peer: &mut Peer, pieces: &[&[u8]]) {
    for piece in pieces {
        peer.send(piece).await;
        yield_now().await;
        yield_now().await;
    }
    let mut frames = Vec::new();
    for _ in 0..5 {
        frames.push(peer.frame().await.unwrap());
    }
    // The pong goes before what waits.
    let pong = (PONG, "between".into());
    let at = frames.iter().position(|frame| *frame == pong);
    frames.remove(at.expect("no pong"));
    let texts = ["whole", "né"].map(|text| (TEXT, text.into()));
    let bytes = [(BINARY, vec![]), (BINARY, vec![7; 126])];
    assert_eq!(frames, [texts, bytes].concat());
}

/// J10, J11: in single bytes, in one piece, and cut at any two places.
#[test]
fn j10_j11_wherever_it_is_cut_it_is_the_same() {
    run(async || {
        let told = Told::default();
        let (mut peer, _) = Peer::open(&echoing(&told)).await;
        assert_eq!(told.lines(), ["open"]);
        let (bytes, lines) = (conversation(), told_of_it());
        let single: Vec<&[u8]> = bytes.chunks(1).collect();
        sends(&mut peer, &single).await;
        assert_eq!(told.lines(), lines);
        // The long payload is cut near its ends alone.
        let inside = bytes.len() - 120..bytes.len() - 5;
        let places: Vec<_> = (0..=bytes.len())
            .filter(|at| !inside.contains(at))
            .collect();
        for &one in &places {
            for &other in places.iter().filter(|&&other| other >= one) {
                let pieces = [&bytes[..one], &bytes[one..other], &bytes[other..]];
                sends(&mut peer, &pieces).await;
                assert_eq!(told.lines(), lines, "cut at {one} and {other}");
            }
        }
    });
}

/// J11: long ones as well, whose headers have all forms, cut at places drawn by lot.
#[test]
fn j11_wherever_it_is_cut_it_is_the_same_drawn_by_lot() {
    for seed in 1..=30_u64 {
        let mut state = seed;
        let mut draw = |below: usize| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 33) as usize % below
        };
        let mut bytes = Vec::new();
        let mut expected = Vec::new();
        for _ in 0..10 {
            let size = [0, 3, 125, 126, 500, 65_535, 65_536][draw(7)];
            let payload: Vec<u8> = (0..size).map(|_| draw(256) as u8).collect();
            let mut rest = &*payload;
            let mut first = 0x02;
            for _ in 0..draw(4) {
                let (piece, more) = rest.split_at(draw(rest.len() + 1));
                bytes.extend(frame(first, piece));
                bytes.extend(frame(PONG, ""));
                (first, rest) = (0, more);
            }
            bytes.extend(frame(FINAL | first, rest));
            expected.push((BINARY, payload));
        }
        run(async || {
            let told = Told::default();
            let (mut peer, _) = Peer::open(&echoing(&told)).await;
            let mut rest = &*bytes;
            while !rest.is_empty() {
                let most = [1, 20, 5_000, 100_000][draw(4)];
                let (piece, more) = rest.split_at(1 + draw(rest.len().min(most)));
                peer.send(piece).await;
                yield_now().await;
                yield_now().await;
                rest = more;
            }
            for frame in &expected {
                assert!(peer.frame().await.as_ref() == Some(frame), "seed {seed}");
            }
        });
    }
}
