//! The same client, for all that a server may answer.

use iostream::{IoStream, Transport};

use crate::Failure;
use crate::head::{Body, Head, Malformed, number};

pub(crate) const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

/// A head may be so long, and a body.
pub(crate) const LONGEST: usize = 64 * 1024;

/// What a server answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// 200 if all is well.
    pub status: u16,
    /// At most 64 KiB.
    pub body: Vec<u8>,
}

/// Asks for `/`, once; then the stream is used up.
///
/// It waits as long as the server does, and follows no redirect.
///
/// # Errors
///
/// If the stream closes before the answer is whole, or the answer is [`Malformed`], or longer than 64 KiB.
pub async fn fetch<S: Transport>(stream: &IoStream<S>) -> Result<Response, Failure> {
    stream.write(REQUEST).await?;
    let head = loop {
        let head = Head::parse(&stream.read_until(b"\r\n\r\n", LONGEST).await?)?;
        // "I am at it": the answer comes behind it.
        if !(100..200).contains(&head.status) {
            break head;
        }
    };
    let body = match head.body()? {
        Body::None => Vec::new(),
        Body::Length(length) => stream.read_bytes(checked(0, length)?).await?,
        Body::Chunks => chunks(stream).await?,
        Body::UntilClose => {
            let mut body = Vec::new();
            let mut pieces = stream.read_until_close_streaming();
            while let Some(piece) = pieces.next().await? {
                checked(body.len(), piece.len())?;
                body.extend(piece);
            }
            body
        }
    };
    Ok(Response {
        status: head.status,
        body,
    })
}

/// A length in hexadecimal digits on a line, so many bytes, an empty line; until one has the length zero.
async fn chunks<S: Transport>(stream: &IoStream<S>) -> Result<Vec<u8>, Failure> {
    let mut body = Vec::new();
    loop {
        let line = String::from_utf8(stream.read_until(b"\r\n", 1024).await?)?;
        let digits = line.split(';').next().unwrap_or_default().trim();
        let length = number(digits, 16).ok_or(Malformed("the length of a chunk"))?;
        if length == 0 {
            break;
        }
        body.extend(stream.read_bytes(checked(body.len(), length)?).await?);
        if stream.read_bytes(2).await? != b"\r\n" {
            return Err(Malformed("the end of a chunk").into());
        }
    }
    // Headers that were not known before the body may follow, up to an empty line.
    let mut left = LONGEST;
    loop {
        let line = stream.read_until(b"\r\n", left).await?;
        left -= line.len();
        if line == b"\r\n" {
            return Ok(body);
        }
    }
}

/// `more`, if a body of `length` bytes may have as many more.
fn checked(length: usize, more: usize) -> Result<usize, Failure> {
    if more > LONGEST - length {
        return Err("the body is too long".into());
    }
    Ok(more)
}
