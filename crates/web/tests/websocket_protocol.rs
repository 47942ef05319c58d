//! What breaks the protocol, and what is more than a server bears.

mod frames;
mod wire;

use web::WebSocketLimits;

use frames::{
    BINARY, CLOSE, FINAL, Frame, PING, PONG, TEXT, Told, closes, echoing, frame, masked, promise,
    said, said_within, says, telling, turns,
};
use wire::{Peer, run};

/// The last words to a client that says this, of which it says no more.
fn last_words(bytes: impl AsRef<[u8]>) -> (u16, String) {
    let (frames, lines) = said(bytes);
    let (first, payload) = frames.last().unwrap();
    assert_eq!(*first, CLOSE);
    let (code, reason) = payload.split_first_chunk().unwrap();
    let (code, reason) = (
        u16::from_be_bytes(*code),
        String::from_utf8(reason.into()).unwrap(),
    );
    assert_eq!(*lines.last().unwrap(), format!("closed: {code} {reason}"));
    (code, reason)
}

fn violates(bytes: impl AsRef<[u8]>) -> String {
    let (code, reason) = last_words(bytes);
    assert_eq!(code, 1002, "{reason}");
    reason
}

/// FI02, J17
#[test]
fn fi02_j17_a_frame_that_is_not_masked_is_refused() {
    for first in [TEXT, BINARY, CLOSE, PING, PONG, 0x01] {
        let reason = violates([first, 0]);
        assert_eq!(reason, "a frame that is not masked");
        violates([first, 1, b'x']);
    }
}

#[test]
fn j16_reserved_bits_are_refused() {
    for bits in 1..8 {
        for first in [TEXT, BINARY, CLOSE, PING, PONG, 0x01] {
            let reason = violates(frame(first | bits << 4, ""));
            assert_eq!(reason, "a reserved bit");
        }
    }
}

#[test]
fn j16_reserved_opcodes_are_refused() {
    for opcode in [3, 4, 5, 6, 7, 11, 12, 13, 14, 15] {
        for first in [opcode, FINAL | opcode] {
            for payload in ["", "x"] {
                let reason = violates(frame(first, payload));
                assert_eq!(reason, "a reserved opcode");
            }
        }
    }
}

/// By its header: none of the payload has to come.
#[test]
fn j16_control_frames_have_125_bytes_and_are_whole() {
    for first in [CLOSE, PING, PONG] {
        for length in [126, 127, 65_535, 65_536, 1 << 62] {
            let reason = violates(promise(first, length));
            assert_eq!(reason, "a control frame of more than 125 bytes");
        }
        for length in [0, 1, 125, 126] {
            let reason = violates(promise(first & !FINAL, length));
            assert_eq!(reason, "a control frame in fragments");
        }
    }
}

#[test]
fn j16_a_continuation_needs_a_beginning_and_an_end() {
    let stray = "it goes on with what did not begin";
    assert_eq!(violates(frame(FINAL, "x")), stray);
    assert_eq!(violates(frame(0, "")), stray);
    // The message before is over.
    let fragments = [frame(0x01, "a"), frame(FINAL, "b")].concat();
    assert_eq!(violates([&*fragments, &frame(FINAL, "x")].concat()), stray);
    for first in [TEXT, BINARY, 0x01, 0x02] {
        for begun in [0x01, 0x02] {
            let bytes = [frame(begun, "a"), frame(PING, ""), frame(first, "b")].concat();
            assert_eq!(violates(bytes), "a message in the middle of another");
        }
    }
}

#[test]
fn j16_a_length_takes_as_few_bytes_as_it_can() {
    for length in [0_u64, 1, 125, 126, 65_535] {
        if length < 126 {
            let [.., high, low] = length.to_be_bytes();
            let header = [TEXT, 0x80 | 126, high, low, 0, 0, 0, 0];
            assert_eq!(violates(header), "a length in more bytes than it takes");
        }
        let header = [&[TEXT, 0x80 | 127][..], &length.to_be_bytes(), &[0; 4]].concat();
        assert_eq!(violates(header), "a length in more bytes than it takes");
    }
}

/// J16, FI05: the rest of the message, and of the character, need not come.
#[test]
fn j16_fi05_a_text_that_is_not_utf_8_is_refused_as_soon_as_that_is_known() {
    let not_utf8 = (1007, "not UTF-8".to_owned());
    for wrong in [
        &b"\xff"[..],
        b"abc\xc0",
        b"\xc3\x28",
        b"\xe0\x80",
        b"\xed\xa0",
        b"\xf0\x80",
        b"\xf4\x90",
        b"\xce\xba\x80",
    ] {
        let begun = [promise(TEXT, 100), masked(wrong)].concat();
        assert_eq!(last_words(&begun), not_utf8, "{wrong:x?}");
        let (head, tail) = wrong.split_at(wrong.len() - 1);
        let fragments = [frame(0x01, head), frame(PING, ""), frame(0, tail)].concat();
        assert_eq!(last_words(fragments), not_utf8, "{wrong:x?}");
        // As bytes it is fine.
        let (frames, _) = said([frame(BINARY, wrong), frame(CLOSE, "")].concat());
        assert_eq!(frames[0], (BINARY, wrong.to_vec()));
    }
    // A character that is cut is one that may go on, but not where the message ends.
    assert_eq!(last_words(frame(TEXT, b"\xe2\x82")), not_utf8);
    let cut = [frame(0x01, b"\xe2"), frame(0, b"\x82"), frame(FINAL, "")].concat();
    assert_eq!(last_words(cut), not_utf8);

    run(async || {
        let told = Told::default();
        let (mut peer, _) = Peer::open(&echoing(&told)).await;
        peer.send([promise(TEXT, 4), masked(b"\xf4")].concat())
            .await;
        turns().await;
        assert!(!told.socket().is_closed());
        peer.send([masked(b"\xf4\x90")[1]]).await;
        turns().await;
        assert!(told.socket().is_closed());
    });
}

/// FI03, J17: what is said back is never what may not be said.
#[test]
fn fi03_j17_a_close_frame_that_is_none_is_refused() {
    assert_eq!(violates(frame(CLOSE, "x")), "half a close code");
    for code in [
        0, 999, 1004, 1005, 1006, 1015, 1016, 2000, 2999, 5000, 65_535,
    ] {
        for reason in ["", "why"] {
            let reason = violates(frame(CLOSE, says(code, reason)));
            assert_eq!(reason, "a close code that may not be sent");
        }
    }
    for wrong in [&b"\xff"[..], b"a\xed\xa0\x80", b"\xe2\x82"] {
        let payload = [&1000_u16.to_be_bytes()[..], wrong].concat();
        let not_utf8 = (1007, "not UTF-8".to_owned());
        assert_eq!(last_words(frame(CLOSE, payload)), not_utf8, "{wrong:x?}");
    }
}

/// FI04, J13: by the header.
#[test]
fn fi04_j13_a_message_that_is_too_big_is_refused_before_it_comes() {
    let too_big = (1009, "message too big".to_owned());
    for length in [(1 << 20) + 1, 1 << 32, 1 << 62, (1 << 63) - 1] {
        for first in [TEXT, BINARY, 0x01] {
            assert_eq!(last_words(promise(first, length)), too_big, "{length}");
        }
    }
    for length in [1 << 63, u64::MAX] {
        let reason = violates(promise(BINARY, length));
        assert_eq!(reason, "a length with the first bit set");
    }
    let bytes = [promise(BINARY, 1 << 20), vec![0; 1 << 20], frame(CLOSE, "")].concat();
    let (frames, _) = said(bytes);
    assert_eq!(frames.last(), Some(&(CLOSE, vec![])));
}

/// FI04: over all its fragments, and not more than one message.
#[test]
fn fi04_fragments_count_together() {
    let limits = WebSocketLimits {
        message: 10,
        ..WebSocketLimits::default()
    };
    let within = |bytes: Vec<u8>| said_within(limits.clone(), bytes).0;
    let (four, six) = (frame(0x01, "1234"), frame(0, "567890"));
    for bytes in [
        [&*four, &promise(FINAL, 7)].concat(),
        [&*four, &promise(0, 7)].concat(),
        [&*four, &six, &promise(0, 1)].concat(),
        promise(TEXT, 11),
    ] {
        assert_eq!(within(bytes), [closes(1009, "message too big")]);
    }
    // What is between them does not count, nor does the message before.
    let rest = [frame(PING, "12345678901"), frame(FINAL, "567890")].concat();
    let twice = [&*four, &six, &frame(FINAL, ""), &four, &rest].concat();
    let mut frames = within([twice, frame(CLOSE, "")].concat());
    frames.retain(|frame| frame.0 != PONG);
    let message: Frame = (TEXT, b"1234567890".into());
    assert_eq!(frames, [message.clone(), message, (CLOSE, vec![])]);
}

/// FI06: empty fragments are more than a message has; messages that are empty are messages.
#[test]
fn fi06_a_message_has_a_bounded_number_of_fragments() {
    let too_many = (1009, "a message in too many fragments".to_owned());
    let empty = |count: usize| [frame(0x02, ""), frame(0, "").repeat(count - 1)].concat();
    assert_eq!(last_words(empty(100_000)), too_many);
    assert_eq!(last_words(empty(1025)), too_many);
    let most = [empty(1023), frame(FINAL, ""), frame(CLOSE, "")].concat();
    assert_eq!(said(most).0, [(BINARY, vec![]), (CLOSE, vec![])]);
    // And one more for each 32 bytes.
    let pieces = [
        frame(0x02, [1; 32]),
        frame(0, [1; 32]).repeat(9999),
        frame(FINAL, ""),
    ];
    let (frames, _) = said([pieces.concat(), frame(CLOSE, "")].concat());
    assert!(frames[0] == (BINARY, vec![1; 320_000]));

    run(async || {
        let told = Told::default();
        let server = telling(&told, WebSocketLimits::default(), async |_, _| Ok(()));
        let (mut peer, _) = Peer::open(&server).await;
        peer.send(frame(BINARY, "").repeat(100_000)).await;
        peer.send(frame(CLOSE, "")).await;
        assert_eq!(peer.frames().await, [(CLOSE, vec![])]);
        assert_eq!(told.lines().len(), 1 + 100_000 + 1);
    });
}

/// FI06: of the pings of a client that reads nothing, one is answered when it does.
#[test]
fn fi06_of_a_flood_of_pings_one_pong_waits_at_most() {
    run(async || {
        let told = Told::default();
        let (mut peer, _) = Peer::open_with_room(&echoing(&told), 1000).await;
        let pings: Vec<u8> = (0..100_000)
            .flat_map(|number: u32| frame(PING, [&number.to_be_bytes()[..], &[0; 121]].concat()))
            .collect();
        peer.send(pings).await;
        // Those that are still on the wire have a turn each.
        for _ in 0..10 {
            turns().await;
        }
        assert!(told.socket().queued() <= 2, "{}", told.socket().queued());
        assert_eq!(told.lines().len(), 1 + 100_000);
        peer.send(frame(CLOSE, "")).await;
        let frames = peer.frames().await;
        // What the wire took, one that is half sent, and the last one.
        assert!(frames.len() <= 1000 / 127 + 4, "{}", frames.len());
        let [.., (PONG, pong), (CLOSE, _)] = &*frames else {
            panic!("{:?}", frames.last());
        };
        assert_eq!(pong[..4], 99_999_u32.to_be_bytes());
    });
}

/// What comes behind a violation is nobody's.
#[test]
fn j16_nothing_is_told_of_what_comes_after_a_violation() {
    let bytes = [
        frame(TEXT, "a"),
        frame(0x83, ""),
        frame(TEXT, "b"),
        frame(CLOSE, ""),
    ];
    let (frames, lines) = said(bytes.concat());
    assert_eq!(
        frames,
        [(TEXT, b"a".into()), closes(1002, "a reserved opcode")]
    );
    assert_eq!(lines, ["text a", "closed: 1002 a reserved opcode"]);
}
