//! The frames of a WebSocket as a client has them: what it sends is masked, what it gets is not.

const TEXT: u8 = 1;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

/// What a server sends.
#[derive(Debug)]
pub(crate) enum Frame<'a> {
    Text(&'a [u8]),
    Ping(&'a [u8]),
    Close,
}

/// The first frame of these bytes, and how many are its. None if it is not complete.
pub(crate) fn first(bytes: &[u8]) -> Result<Option<(Frame<'_>, usize)>, String> {
    let [first, second, rest @ ..] = bytes else {
        return Ok(None);
    };
    let (header, length) = match (second, rest) {
        (126, [a, b, ..]) => (4, u64::from(u16::from_be_bytes([*a, *b]))),
        (127, [a, b, c, d, e, f, g, h, ..]) => {
            (10, u64::from_be_bytes([*a, *b, *c, *d, *e, *f, *g, *h]))
        }
        (126 | 127, _) => return Ok(None),
        (length @ ..126, _) => (2, u64::from(*length)),
        _ => return Err("a server's frame is masked".to_owned()),
    };
    let end = header + length as usize;
    if bytes.len() < end {
        return Ok(None);
    }
    let payload = &bytes[header..end];
    let frame = match first ^ 0x80 {
        TEXT => Frame::Text(payload),
        CLOSE => Frame::Close,
        PING => Frame::Ping(payload),
        _ => return Err(format!("a frame begins with {first:#04x}")),
    };
    Ok(Some((frame, end)))
}

/// A text, as a client sends it.
pub(crate) fn text(text: &str) -> Vec<u8> {
    frame(TEXT, text.as_bytes())
}

/// The answer to a ping.
pub(crate) fn pong(payload: &[u8]) -> Vec<u8> {
    frame(PONG, payload)
}

fn frame(opcode: u8, payload: &[u8]) -> Vec<u8> {
    // It need not be secret here, only be undone.
    const MASK: [u8; 4] = [0x5a, 0xc3, 0x1f, 0x86];
    let mut frame = vec![0x80 | opcode];
    match payload.len() {
        length @ ..126 => frame.push(0x80 | length as u8),
        length => {
            frame.push(0x80 | 126);
            let length = u16::try_from(length).expect("nobody here says so much");
            frame.extend(length.to_be_bytes());
        }
    }
    frame.extend(MASK);
    let mask = MASK.iter().cycle();
    frame.extend(payload.iter().zip(mask).map(|(byte, mask)| byte ^ mask));
    frame
}
