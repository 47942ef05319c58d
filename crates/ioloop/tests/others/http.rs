//! hyper, as server and as client.

use std::cell::{Cell, RefCell};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use futures::future::{FutureExt, join_all};
use futures::io::{AsyncReadExt, AsyncWriteExt};
use http_body_util::{BodyExt, Either, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::SendRequest;
use hyper::header::{CONNECTION, UPGRADE};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use ioloop::{IoLoop, JoinHandle, TcpListener, TcpStream, block_on, sleep, spawn};

use crate::adapter::{Io, Timers};
use crate::connected::connected;

type Body = Either<Full<Bytes>, Incoming>;
type Answer = Result<Response<Body>, Infallible>;

/// Bytes in which no part is like another, so that one that is lost, doubled or in the wrong place is seen.
pub(crate) fn pattern(length: usize) -> Vec<u8> {
    let mut state = 1u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    std::iter::repeat_with(&mut next).take(length).collect()
}

fn text(text: impl Into<Bytes>) -> Response<Body> {
    Response::new(Either::Left(Full::new(text.into())))
}

/// Answers with what came, as it comes.
async fn echo(request: Request<Incoming>) -> Answer {
    Ok(Response::new(Either::Right(request.into_body())))
}

/// Serves one connection to its end, by a service that need not be `Send`.
fn serves<F, A>(stream: TcpStream, service: F) -> JoinHandle<hyper::Result<()>>
where
    F: Fn(Request<Incoming>) -> A + 'static,
    A: Future<Output = Answer> + 'static,
{
    let connection = http1::Builder::new()
        .timer(Timers)
        .header_read_timeout(Duration::from_secs(10))
        .serve_connection(Io::new(stream), service_fn(service));
    spawn(connection)
}

async fn client(stream: TcpStream) -> SendRequest<Full<Bytes>> {
    let handshake = hyper::client::conn::http1::handshake(Io::new(stream));
    let (sender, connection) = handshake.await.unwrap();
    drop(spawn(connection));
    sender
}

fn post(path: &str, body: impl Into<Bytes>) -> Request<Full<Bytes>> {
    Request::post(path)
        .header("host", "localhost")
        .body(Full::new(body.into()))
        .unwrap()
}

async fn body_of(response: Response<Incoming>) -> Bytes {
    assert_eq!(response.status(), StatusCode::OK);
    response.into_body().collect().await.unwrap().to_bytes()
}

/// Keep-alive: both ends are hyper's, and the state of the service is a plain `Rc`.
#[test]
fn one_connection_serves_request_after_request() {
    block_on(async {
        let (near, far) = connected().await;
        let served = Rc::new(Cell::new(0));
        let count = served.clone();
        let server = serves(far, move |_| {
            count.set(count.get() + 1);
            let answer = text(format!("answer {}", count.get()));
            async { Ok(answer) }
        });
        let mut client = client(near).await;
        for nth in 1..=3 {
            client.ready().await.unwrap();
            let response = client.send_request(post("/", "")).await.unwrap();
            assert_eq!(body_of(response).await, format!("answer {nth}"));
        }
        drop(client);
        // The end of the connection is no error.
        server.await.unwrap().unwrap();
        assert_eq!(served.get(), 3);
    });
}

/// Three requests in one segment are served one after another, and answered in their order.
#[test]
fn pipelined_requests_are_answered_in_order() {
    let io_loop = IoLoop::virtual_time().unwrap();
    io_loop.block_on(async {
        let (mut near, far) = connected().await;
        let trace = Rc::new(RefCell::new(Vec::new()));
        let says = trace.clone();
        let server = serves(far, move |request| {
            let says = says.clone();
            async move {
                let path = request.uri().path().to_owned();
                says.borrow_mut().push(format!("{path} begins"));
                // The first one takes longest, and yet is answered first.
                let hours = match &*path {
                    "/a" => 3,
                    _ => 1,
                };
                sleep(Duration::from_secs(3600 * hours)).await;
                says.borrow_mut().push(format!("{path} ends"));
                Ok(text(path))
            }
        });
        near.write_all(
            b"GET /a HTTP/1.1\r\nhost: x\r\n\r\n\
              GET /b HTTP/1.1\r\nhost: x\r\n\r\n\
              GET /c HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
        )
        .await
        .unwrap();
        let mut answers = String::new();
        near.read_to_string(&mut answers).await.unwrap();
        let answers: Vec<_> = answers
            .split("HTTP/1.1 200 OK\r\n")
            .skip(1)
            .map(|answer| answer.split_once("\r\n\r\n").unwrap().1)
            .collect();
        assert_eq!(answers, ["/a", "/b", "/c"]);
        server.await.unwrap().unwrap();
        assert_eq!(
            *trace.borrow(),
            [
                "/a begins",
                "/a ends",
                "/b begins",
                "/b ends",
                "/c begins",
                "/c ends"
            ]
        );
    });
}

/// Far more than the buffers of system and hyper hold: each end has to wait for the other, many times.
#[test]
fn ten_megabytes_go_there_and_back() {
    block_on(async {
        let (near, far) = connected().await;
        let server = serves(far, echo);
        let mut client = client(near).await;
        let sent = Bytes::from(pattern(10_000_000));
        let response = client.send_request(post("/", sent.clone())).await.unwrap();
        let back = body_of(response).await;
        assert!(back == sent, "{} bytes came back, or others", back.len());
        drop(client);
        server.await.unwrap().unwrap();
    });
}

/// A thousand connections, opened at once through a listener, on one thread.
#[test]
fn a_thousand_clients_are_served_on_one_thread() {
    async fn asks(address: SocketAddr, nth: usize) {
        let stream = TcpStream::connect(address).await.unwrap();
        let mut client = client(stream).await;
        let word = format!("client {nth}");
        let response = client.send_request(post("/", word.clone())).await;
        assert_eq!(body_of(response.unwrap()).await, word);
    }
    block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let listens = spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                drop(serves(stream, echo));
            }
        });
        // Not so many at once that the listener's queue overflows.
        for hundred in 0..10 {
            join_all((0..100).map(|nth| asks(address, 100 * hundred + nth))).await;
        }
        listens.abort();
    });
}

/// hyper's own time limit, by our timers: also for a client that sends a byte now and then. It cost ten seconds of a clock
/// that is moved, and no time.
#[test]
fn a_header_that_does_not_end_is_cut_off_after_ten_seconds() {
    let io_loop = IoLoop::virtual_time().unwrap();
    io_loop.block_on(async {
        let (mut near, far) = connected().await;
        let begin = IoLoop::current().time();
        let mut server = serves(far, echo).fuse();
        let mut drips = Box::pin(async {
            near.write_all(b"GET / HTTP/1.1\r\nhost: ").await.unwrap();
            loop {
                sleep(Duration::from_secs(3)).await;
                near.write_all(b"x").await.unwrap();
            }
        });
        let ended = futures::select! {
            ended = server => ended.unwrap(),
            () = drips.as_mut().fuse() => unreachable!(),
        };
        drop(drips);
        assert!(ended.unwrap_err().is_timeout());
        assert_eq!(IoLoop::current().time() - begin, Duration::from_secs(10));
        // The client gets no answer, but an end.
        assert_eq!(near.read(&mut [0]).await.unwrap(), 0);
    });
    // And no timer is left behind.
    assert_eq!((io_loop.sources(), io_loop.timers()), (0, 0));
}

/// What a request has waited for is dropped when its client goes away.
#[test]
fn a_client_that_goes_away_cancels_its_request() {
    struct Says(Rc<Cell<bool>>);
    impl Drop for Says {
        fn drop(&mut self) {
            self.0.set(true);
        }
    }
    let io_loop = IoLoop::virtual_time().unwrap();
    io_loop.block_on(async {
        let (mut near, far) = connected().await;
        let dropped = Rc::new(Cell::new(false));
        let (begun, begins) = futures::channel::oneshot::channel();
        let begun = Cell::new(Some(begun));
        let says = dropped.clone();
        let server = serves(far, move |_| {
            let says = Says(says.clone());
            begun.take().unwrap().send(()).unwrap();
            async move {
                std::future::pending::<()>().await;
                drop(says);
                unreachable!()
            }
        });
        near.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
            .await
            .unwrap();
        begins.await.unwrap();
        assert!(!dropped.get());
        drop(near);
        assert!(server.await.unwrap().unwrap_err().is_incomplete_message());
        assert!(dropped.get());
    });
    assert_eq!(
        (io_loop.sources(), io_loop.timers(), io_loop.tasks()),
        (0, 0, 0)
    );
}

/// hyper hands the stream over, with what it has read too much; for that the stream must be `Send`.
#[test]
fn an_upgraded_connection_is_the_handlers_own() {
    async fn shouts(mut request: Request<Incoming>) -> Answer {
        let on_upgrade = hyper::upgrade::on(&mut request);
        drop(spawn(async move {
            let mut upgraded = Backed(on_upgrade.await.unwrap());
            let mut bytes = [0; 5];
            upgraded.read_exact(&mut bytes).await;
            bytes.make_ascii_uppercase();
            upgraded.write_all(&bytes).await;
        }));
        let mut response = text("");
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        let headers = response.headers_mut();
        headers.insert(CONNECTION, "upgrade".parse().unwrap());
        headers.insert(UPGRADE, "shouting".parse().unwrap());
        Ok(response)
    }
    block_on(async {
        let (mut near, far) = connected().await;
        let connection = http1::Builder::new()
            .timer(Timers)
            .serve_connection(Io::new(far), service_fn(shouts))
            .with_upgrades();
        let server = spawn(connection);
        near.write_all(
            b"GET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: shouting\r\n\r\nhello",
        )
        .await
        .unwrap();
        let mut answer = String::new();
        near.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 101 Switching Protocols\r\n"));
        assert!(answer.ends_with("\r\n\r\nHELLO"), "{answer}");
        server.await.unwrap().unwrap();
    });
}

/// What hyper hands over has hyper's traits: here the little of them that the test needs.
struct Backed(hyper::upgrade::Upgraded);

impl Backed {
    async fn read_exact(&mut self, bytes: &mut [u8]) {
        use hyper::rt::{Read, ReadBuf};
        let mut buf = ReadBuf::new(bytes);
        while buf.unfilled().remaining() > 0 {
            let before = buf.filled().len();
            std::future::poll_fn(|cx| {
                std::pin::Pin::new(&mut self.0).poll_read(cx, buf.unfilled())
            })
            .await
            .unwrap();
            assert!(buf.filled().len() > before, "it ended too early");
        }
    }

    async fn write_all(&mut self, mut bytes: &[u8]) {
        use hyper::rt::Write;
        while !bytes.is_empty() {
            let written =
                std::future::poll_fn(|cx| std::pin::Pin::new(&mut self.0).poll_write(cx, bytes))
                    .await
                    .unwrap();
            bytes = &bytes[written..];
        }
    }
}
