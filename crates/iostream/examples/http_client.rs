//! Tornado's "very simple (and broken) HTTP client", what breaks it, and what mends it. Run it:
//! `cargo run -p iostream --example http_client`.

use std::error::Error;
use std::fmt;

use ioloop::{TcpListener, block_on, spawn};
use iostream::{IoStream, Transport};

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

/// A head may be so long, and a body.
const LIMIT: usize = 64 * 1024;

/// The headers until a blank line, then as many bytes as they say.
pub(crate) async fn very_simple<S: Transport>(
    stream: &IoStream<S>,
) -> Result<Vec<u8>, Box<dyn Error>> {
    stream.write(REQUEST).await?;
    let head = String::from_utf8(stream.read_until(b"\r\n\r\n", LIMIT).await?)?;
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("Content-Length: "))
        .ok_or("no Content-Length")?;
    Ok(stream.read_bytes(length.parse()?).await?)
}

/// The same, for all that a server may answer.
pub(crate) async fn mended<S: Transport>(stream: &IoStream<S>) -> Result<Vec<u8>, Box<dyn Error>> {
    stream.write(REQUEST).await?;
    let head = loop {
        let head = Head::parse(&stream.read_until(b"\r\n\r\n", LIMIT).await?)?;
        // "I am at it": the answer comes behind it.
        if !(100..200).contains(&head.status) {
            break head;
        }
    };
    let body = match head.body()? {
        Body::None => Vec::new(),
        Body::Length(length) if length <= LIMIT => stream.read_bytes(length).await?,
        Body::Length(_) => return Err("a body that is too long".into()),
        Body::Chunks => chunks(stream).await?,
        Body::UntilClose => {
            let mut body = Vec::new();
            let mut pieces = stream.read_until_close_streaming();
            while let Some(piece) = pieces.next().await? {
                append(&mut body, &piece)?;
            }
            body
        }
    };
    match head.status {
        200..300 => Ok(body),
        status => Err(format!("status {status}").into()),
    }
}

/// A length in hexadecimal digits on a line, so many bytes, an empty line; until one has the length zero.
async fn chunks<S: Transport>(stream: &IoStream<S>) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut body = Vec::new();
    loop {
        let line = String::from_utf8(stream.read_until(b"\r\n", 1024).await?)?;
        let digits = line.split(';').next().unwrap_or_default().trim();
        let length = number(digits, 16).ok_or(Malformed("the length of a chunk"))?;
        if length == 0 {
            // What may follow are headers that were not known before; up to an empty line.
            while stream.read_until(b"\r\n", LIMIT).await? != b"\r\n" {}
            return Ok(body);
        }
        if length > LIMIT - body.len() {
            return Err("a body that is too long".into());
        }
        append(&mut body, &stream.read_bytes(length).await?)?;
        if stream.read_bytes(2).await? != b"\r\n" {
            return Err(Malformed("the end of a chunk").into());
        }
    }
}

fn append(body: &mut Vec<u8>, piece: &[u8]) -> Result<(), Box<dyn Error>> {
    if piece.len() > LIMIT - body.len() {
        return Err("a body that is too long".into());
    }
    body.extend_from_slice(piece);
    Ok(())
}

struct Head {
    status: u16,
    headers: Vec<(String, String)>,
}

/// How one knows where the body ends.
enum Body {
    None,
    Length(usize),
    Chunks,
    UntilClose,
}

impl Head {
    fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        let text = std::str::from_utf8(bytes).map_err(|_| Malformed("the head"))?;
        let (first, rest) = text.split_once("\r\n").ok_or(Malformed("the head"))?;
        let status = match first.split(' ').collect::<Vec<_>>()[..] {
            ["HTTP/1.0" | "HTTP/1.1", status, ..] if status.len() == 3 => number(status, 10),
            _ => None,
        };
        let status = status.ok_or(Malformed("the status"))?;
        let mut headers = Vec::new();
        for line in rest.split("\r\n").filter(|line| !line.is_empty()) {
            // The first colon: a value may have others. No space before it, as the standard says.
            let (name, value) = line.split_once(':').ok_or(Malformed("a header"))?;
            if name.is_empty() || name.contains(|c: char| c.is_whitespace()) {
                return Err(Malformed("the name of a header"));
            }
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let status = u16::try_from(status).map_err(|_| Malformed("the status"))?;
        Ok(Self { status, headers })
    }

    fn all(&self, wanted: &'static str) -> impl Iterator<Item = &str> {
        let is = move |(name, _): &&(String, String)| name == wanted;
        self.headers.iter().filter(is).map(|(_, value)| &**value)
    }

    /// RFC 9112, section 6.3: what comes first, counts.
    fn body(&self) -> Result<Body, Malformed> {
        if matches!(self.status, 204 | 304) {
            return Ok(Body::None);
        }
        if let Some(coding) = self.all("transfer-encoding").next() {
            let chunked = coding.eq_ignore_ascii_case("chunked");
            let lengths = self.all("content-length").count();
            // Both at once is how one server's answers are smuggled past another.
            if !chunked || lengths > 0 || self.all("transfer-encoding").count() > 1 {
                return Err(Malformed("the transfer coding"));
            }
            return Ok(Body::Chunks);
        }
        let mut lengths = self.all("content-length");
        let Some(length) = lengths.next() else {
            return Ok(Body::UntilClose);
        };
        if lengths.any(|other| other != length) {
            return Err(Malformed("two lengths"));
        }
        let length = number(length, 10).ok_or(Malformed("the length"))?;
        Ok(Body::Length(length))
    }
}

/// Digits and nothing else: `parse` would take a sign, too.
fn number(digits: &str, radix: u32) -> Option<usize> {
    let all = !digits.is_empty() && digits.chars().all(|c| c.is_digit(radix));
    all.then(|| usize::from_str_radix(digits, radix).ok())?
}

/// What of an answer is not as the standard says.
#[derive(Debug)]
struct Malformed(&'static str);

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "malformed: {}", self.0)
    }
}

impl Error for Malformed {}

/// What servers answer. All but the last four are right.
const ANSWERS: [(&str, &str); 12] = [
    (
        "as the client expects",
        "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nio result",
    ),
    (
        "another case",
        "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nio result",
    ),
    (
        "no space",
        "HTTP/1.1 200 OK\r\nContent-Length:9\r\n\r\nio result",
    ),
    ("until it closes", "HTTP/1.1 200 OK\r\n\r\nio result"),
    (
        "in chunks",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nio \r\n6;x=y\r\nresult\r\n0\r\nlater: yes\r\n\r\n",
    ),
    (
        "not yet",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nio result",
    ),
    ("no body", "HTTP/1.1 204 No Content\r\n\r\n"),
    (
        "not found",
        "HTTP/1.1 404 Not Found\r\nContent-Length: 8\r\n\r\nsorry...",
    ),
    (
        "cut off",
        "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nio res",
    ),
    (
        "two lengths",
        "HTTP/1.1 200 OK\r\nContent-Length: 9\r\nContent-Length: 2\r\n\r\nio result",
    ),
    (
        "a promise",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\nio",
    ),
    ("no HTTP", "io result\r\n\r\n"),
];

/// What each client makes of each answer.
pub(crate) fn report() -> String {
    let mut text = format!("{:<23}{:<22}{}\n", "the server", "very simple", "mended");
    for (name, answer) in ANSWERS {
        let said = |result: Result<Vec<u8>, Box<dyn Error>>| match result {
            Ok(body) => format!("{:?}", String::from_utf8_lossy(&body)),
            Err(error) => error.to_string(),
        };
        let (simple, better) = block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
            let address = listener.local_addr().expect("its address");
            drop(spawn(async move {
                while let Ok((socket, _)) = listener.accept().await {
                    let stream = IoStream::new(socket);
                    if stream.read_until(b"\r\n\r\n", LIMIT).await.is_ok() {
                        drop(stream.write(answer));
                    }
                }
            }));
            let simple = very_simple(&IoStream::connect(address)).await;
            (
                said(simple),
                said(mended(&IoStream::connect(address)).await),
            )
        });
        text += &format!("{name:<23}{simple:<22}{better}\n");
    }
    text
}

fn main() {
    print!("{}", report());
}
