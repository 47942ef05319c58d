//! What can be asked of all inputs, because it takes no connection.

use super::*;

/// A frame, not masked, as a client gets them.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    assert!(payload.len() < 126);
    [&[first, payload.len() as u8], payload].concat()
}

fn client() -> Incoming {
    Incoming::new(Side::Client, 1 << 20)
}

/// What comes of `bytes`, and of how many of them, if they come one by one.
fn one_by_one(bytes: &[u8]) -> (usize, Result<Option<Event>, Violation>) {
    let mut incoming = client();
    for (at, byte) in bytes.iter().enumerate() {
        let mut input = std::slice::from_ref(byte);
        let event = incoming.next(&mut input);
        if !matches!(event, Ok(None)) {
            return (at + 1, event);
        }
        assert!(input.is_empty());
    }
    (bytes.len(), Ok(None))
}

/// FI03: which may be sent is what RFC 6455, 7.4, and the list of those that were given out since say.
#[test]
fn fi03_of_all_close_codes_those_that_may_be_sent_are_taken() {
    // 1004 is not given out; 1005, 1006 and 1015 are never sent.
    let given = [
        1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014,
    ];
    for number in 0..=u16::MAX {
        let sound = given.contains(&number) || (3000..5000).contains(&number);
        let code = CloseCode::new(number);
        assert_eq!(code.map(CloseCode::get), sound.then_some(number));

        let payload = [&number.to_be_bytes(), &b"why"[..]].concat();
        let (_, event) = one_by_one(&frame(0x88, &payload));
        match code {
            Some(code) => {
                let reason = "why".into();
                let close = CloseFrame { code, reason };
                assert_eq!(event, Ok(Some(Event::Close(Some(close)))));
            }
            None => assert_eq!(event.unwrap_err().code, CloseCode::PROTOCOL),
        }
    }
}

/// FI05: a text is refused with the first byte that no UTF-8 goes on with, or where it ends in the middle of a character;
/// that is, when `std` says so of what has come. The header promises more than comes.
fn holds_to_std(text: &[u8]) {
    let mut bytes = frame(0x81, &[text, b".........."].concat());
    bytes.truncate(2 + text.len());
    let wrong = |end: &usize| match str::from_utf8(&text[..*end]) {
        Ok(_) => false,
        Err(error) => error.error_len().is_some(),
    };
    let first_wrong = (1..=text.len()).find(wrong);
    let expected = match first_wrong {
        Some(end) => (2 + end, Err(NOT_UTF8)),
        None => (bytes.len(), Ok(None)),
    };
    assert_eq!(one_by_one(&bytes), expected, "{text:x?}");

    let whole = frame(0x81, text);
    let (_, event) = one_by_one(&whole);
    let expected = match str::from_utf8(text) {
        Ok(text) => Ok(Some(Event::Message(Message::text(text)))),
        Err(_) => Err(NOT_UTF8),
    };
    assert_eq!(event, expected, "{text:x?}");
    // In one piece, and in fragments, cut anywhere.
    assert_eq!(client().next(&mut &*whole), event, "{text:x?}");
    for at in 0..=text.len() {
        let (one, other) = text.split_at(at);
        let fragments = [frame(0x01, one), frame(0x80, other)].concat();
        assert_eq!(client().next(&mut &*fragments), event, "{text:x?} {at}");
    }
}

/// Bytes at the borders of all that UTF-8 tells apart.
const BORDERS: [u8; 22] = [
    0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec,
    0xed, 0xee, 0xf0, 0xf1, 0xf4, 0xf5,
];

#[test]
fn fi05_texts_are_checked_as_they_come_and_as_std_does() {
    for one in 0..=u8::MAX {
        for two in 0..=u8::MAX {
            holds_to_std(&[one, two]);
        }
    }
    for one in BORDERS {
        for two in BORDERS {
            for three in BORDERS {
                holds_to_std(&[one, two, three]);
            }
        }
    }
    // Of four bytes: those whose first one asks for as many.
    for one in 0xef..=0xf8 {
        for two in BORDERS {
            for three in [0x41, 0x7f, 0x80, 0xbf, 0xc0] {
                for four in [0x41, 0x7f, 0x80, 0xbf, 0xc0] {
                    holds_to_std(&[one, two, three, four]);
                }
            }
        }
    }
    for text in [
        "κόσμε",
        "\u{7f}\u{80}\u{7ff}\u{800}\u{d7ff}\u{e000}\u{ffff}\u{10000}\u{10ffff}",
    ] {
        for end in 0..=text.len() {
            holds_to_std(&text.as_bytes()[..end]);
            // A surrogate, one that is written with more bytes than it takes, and one that is too far out.
            for wrong in ["\u{ed}", "\u{c0}", "\u{f4}"] {
                let wrong = wrong.chars().map(|c| c as u8);
                let text: Vec<u8> = text.as_bytes()[..end]
                    .iter()
                    .copied()
                    .chain(wrong)
                    .collect();
                holds_to_std(&text);
                holds_to_std(&[&*text, &[0xa0, 0x80]].concat());
            }
        }
    }
}

/// Wherever in a frame it begins.
#[test]
fn unmasking_is_one_byte_after_the_other() {
    let mask = [1, 2, 4, 8];
    for at in 0..20 {
        for size in 0..40 {
            let bytes: Vec<u8> = (0..size).map(|byte| byte * 5).collect();
            let mut unmasked = bytes.clone();
            unmask(&mut unmasked, mask, at);
            for (place, byte) in unmasked.iter().enumerate() {
                let key = mask[(at as usize + place) % 4];
                assert_eq!(*byte, bytes[place] ^ key, "{at} {size} {place}");
            }
        }
    }
}
