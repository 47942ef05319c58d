//! What the very simple client makes of what servers answer, and what `fetch` makes of it.

use ioloop::{TcpListener, block_on, spawn};
use iostream::IoStream;
use lesson_10_streams::{Failure, Response, fetch, very_simple};

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
    let mut text = row("the server", "very simple", "fetch");
    for (name, answer) in ANSWERS {
        let (simple, better) = block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
            let address = listener.local_addr().expect("its address");
            drop(spawn(async move {
                while let Ok((socket, _)) = listener.accept().await {
                    let stream = IoStream::new(socket);
                    if stream.read_until(b"\r\n\r\n", 1024).await.is_ok() {
                        drop(stream.write(answer));
                    }
                }
            }));
            let simple = very_simple(&IoStream::connect(address)).await;
            let better = fetch(&IoStream::connect(address)).await;
            (simple, better)
        });
        let simple = said(simple, |body| text_of(&body));
        let better = said(better, |Response { status, body }| {
            format!("{status}, {}", text_of(&body))
        });
        text += &row(name, &simple, &better);
    }
    text
}

fn text_of(body: &[u8]) -> String {
    format!("{:?}", String::from_utf8_lossy(body))
}

fn said<T>(result: Result<T, Failure>, say: impl FnOnce(T) -> String) -> String {
    result.map_or_else(|error| error.to_string(), say)
}

fn row(server: &str, simple: &str, better: &str) -> String {
    format!("{server:<23}{simple:<22}{better}\n")
}

fn main() {
    print!("{}", report());
}
