//! How much a server bears.

mod big;
mod logged;
mod wire;

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use futures_io::AsyncRead;
use ioloop::{IoLoop, sleep, spawn};
use web::{Application, Handler, HttpError, Limits, Reply, Request, Route, Server, StatusCode};

use big::{Big, GET, closed_after};
use logged::logged;
use wire::{Peer, ask, run};

/// FG07: what came before is not parsed again and again. A parser that began anew with each byte would look at 2,000
/// million of them here.
#[test]
fn fg07_headers_have_64_kib_and_100_lines_and_may_come_byte_by_byte() {
    let status = |lines: &str| {
        let (_, said) = closed_after(async |peer| {
            peer.try_send(format!("GET /0 HTTP/1.1\r\nHost: a\r\n{lines}\r\n"))
                .await;
        });
        said.split(' ').nth(1).unwrap_or_default().to_owned()
    };
    let long = |bytes| format!("X: {}\r\n", "x".repeat(bytes));
    assert_eq!(status(&long(65_000)), "200");
    assert_eq!(status(&long(65_600)), "431");
    assert_eq!(status(&long(1_000_000)), "431");
    assert_eq!(status(&"X: x\r\n".repeat(99)), "200");
    assert_eq!(status(&"X: x\r\n".repeat(100)), "431");
    assert_eq!(status(&"X: x\r\n".repeat(10_000)), "431");

    let (_, said) = closed_after(async |peer| {
        for byte in format!("GET /0 HTTP/1.1\r\nHost: a\r\n{}\r\n", long(65_000)).bytes() {
            peer.send([byte]).await;
            ioloop::yield_now().await;
        }
    });
    assert!(said.starts_with("HTTP/1.1 200"), "{said}");
}

fn posted(route: Route, body: usize, chunked: bool) -> wire::Answer {
    run(async || {
        let server = Server::new(Application::new().add_route(route));
        let (mut peer, _) = Peer::of(&server);
        let bytes = "x".repeat(body);
        let message = match chunked {
            true => format!("Transfer-Encoding: chunked\r\n\r\n{body:x}\r\n{bytes}\r\n0\r\n\r\n"),
            false => format!("Content-Length: {body}\r\n\r\n{bytes}"),
        };
        peer.try_send(format!("POST / HTTP/1.1\r\nHost: a\r\n{message}"))
            .await;
        peer.answer().await
    })
}

#[test]
fn fg13_a_body_has_1_mib_or_what_its_route_says() {
    let route = || Route::new("/()", Big::default);
    for chunked in [false, true] {
        let answer = posted(route(), 1 << 20, chunked);
        assert_eq!(answer.body, "1048576");
        let answer = posted(route(), (1 << 20) + 1, chunked);
        assert_eq!(answer.status, 413);
        if !chunked {
            assert_eq!(answer.header("connection"), Some("close"));
        }
        let more = posted(route().body_limit(2 << 20), 2 << 20, chunked);
        assert_eq!(more.body, "2097152");
        assert_eq!(posted(route().body_limit(3), 4, chunked).status, 413);
    }
}

#[test]
fn fg04_a_body_that_nobody_wants_is_read_if_it_is_small_and_else_the_connection_is_closed() {
    let two = |bytes: usize| {
        let (_, said) = closed_after(async |peer| {
            let body = "x".repeat(bytes);
            let head = format!("POST /nowhere HTTP/1.1\r\nHost: a\r\nContent-Length: {bytes}");
            peer.try_send(format!("{head}\r\n\r\n{body}{GET}")).await;
        });
        let statuses: Vec<_> = said
            .split("HTTP/1.1 ")
            .skip(1)
            .map(|a| a[..3].to_owned())
            .collect();
        (statuses.join(" "), said.contains("connection: close"))
    };
    assert_eq!(two(10), ("404 200".to_owned(), false));
    assert_eq!(two(64 << 10), ("404 200".to_owned(), false));
    assert_eq!(two((64 << 10) + 1), ("404".to_owned(), true));
}

/// Reads the body when it likes.
struct Streams;

impl Handler for Streams {
    const STREAM_BODY: bool = true;

    async fn prepare(&mut self, request: &mut Request, _: &mut Reply) -> web::Result {
        match request.path() {
            "/no" => Err(HttpError::new(StatusCode::FORBIDDEN)),
            _ => Ok(()),
        }
    }

    async fn post(&mut self, request: &mut Request, reply: &mut Reply) -> web::Result {
        sleep(Duration::from_secs(100)).await;
        let mut count = 0;
        while let Some(chunk) = request.chunk().await? {
            count += chunk.len();
        }
        reply.write(count.to_string());
        Ok(())
    }
}

const EXPECT: &str = "Host: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n";

#[test]
fn fg16_the_client_is_told_to_go_on_when_the_handler_reads() {
    run(async || {
        let server = Server::new(Application::new().route("/.*", || Streams));
        let (mut peer, _) = Peer::of(&server);
        let begin = IoLoop::current().time();
        peer.send(format!("POST / HTTP/1.1\r\n{EXPECT}")).await;
        peer.until("HTTP/1.1 100 Continue\r\n\r\n").await;
        assert_eq!((IoLoop::current().time() - begin).as_secs(), 100);
        peer.send("hello").await;
        assert_eq!(peer.answer().await.body, "5");
    });
}

#[test]
fn fg16_the_client_is_not_told_to_go_on_when_it_is_refused() {
    run(async || {
        let server = Server::new(Application::new().route("/.*", || Streams));
        let (mut peer, _) = Peer::of(&server);
        peer.send(format!("POST /no HTTP/1.1\r\n{EXPECT}")).await;
        let answer = peer.answer().await;
        assert_eq!(
            (answer.status, answer.header("connection")),
            (403, Some("close"))
        );
    });
}

#[test]
fn fg17_of_many_pipelined_requests_only_those_are_begun_whose_answers_are_taken() {
    let big = Big::default();
    run(async || {
        let server = Server::new(big.application());
        let (mut peer, served) = Peer::with_room(&server, 100_000);
        // It takes what its buffers hold, and no more: the deaf client blocks itself.
        let sending = spawn(async move {
            let all = "GET /1000 HTTP/1.1\r\nHost: a\r\n\r\n".repeat(100_000);
            (peer.try_send(all).await, peer)
        });
        served.await.unwrap();
        assert!(!sending.await.unwrap().0);
        assert!(big.calls.get() < 1000, "{} were begun", big.calls.get());
    });
}

#[test]
fn fg15_no_body_where_there_is_none() {
    struct Bodies;
    impl Handler for Bodies {
        async fn get(&mut self, request: &mut Request, reply: &mut Reply) -> web::Result {
            let status: u16 = request.path_argument(0).parse()?;
            reply.set_status(StatusCode::from_u16(status)?);
            reply.write("hello");
            Ok(())
        }
    }
    let application = || Application::new().route(r"/(\d+)", || Bodies);
    let say = |request: &str| {
        let request = format!("{request} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        let said = wire::say(application(), request);
        let (head, body) = said.split_once("\r\n\r\n").unwrap();
        (
            head.contains("content-length: 5"),
            head.contains("content-length"),
            body.to_owned(),
        )
    };
    assert_eq!(say("GET /200"), (true, true, "hello".to_owned()));
    assert_eq!(say("HEAD /200"), (true, true, String::new()));
    assert_eq!(say("GET /204"), (false, false, String::new()));
    assert_eq!(say("GET /304").2, "");
    assert!(!say("GET /304").0);
    let mut status = 0;
    logged(|| status = ask(application(), "GET /103 HTTP/1.1").status);
    assert_eq!(status, 500, "a handler cannot send an interim reply");
}

/// FG19: over sockets, as it is about connections that the system has accepted.
#[test]
fn fg19_above_the_limit_a_connection_is_told_503_and_below_it_is_served_again() {
    ioloop::block_on(async {
        let limits = Limits {
            connections: 2,
            ..Limits::default()
        };
        let server = Server::new(Big::default().application().limits(limits));
        let address = server.listen("127.0.0.1:0").unwrap();
        let mut first = ask_over(address).await;
        let mut second = ask_over(address).await;
        assert!(first.0.starts_with("HTTP/1.1 200") && second.0.starts_with("HTTP/1.1 200"));
        let third = connected(address).await;
        assert!(read_all(&third).await.starts_with("HTTP/1.1 503"));
        // Those that are in are served on.
        let again = again(&mut first.1).await;
        assert!(again.starts_with("HTTP/1.1 200"));
        drop(second.1);
        while server.connections() > 1 {
            ioloop::yield_now().await;
        }
        second = ask_over(address).await;
        assert!(second.0.starts_with("HTTP/1.1 200"));
        drop((first, second));
        server.shutdown(Duration::from_secs(10)).await;
        assert_eq!(server.connections(), 0);
    });
}

async fn connected(address: SocketAddr) -> ioloop::TcpStream {
    ioloop::TcpStream::connect(address).await.unwrap()
}

async fn ask_over(address: SocketAddr) -> (String, ioloop::TcpStream) {
    let mut stream = connected(address).await;
    (again(&mut stream).await, stream)
}

async fn again(stream: &mut ioloop::TcpStream) -> String {
    use futures_io::AsyncWrite;
    use std::pin::Pin;
    let mut rest = GET.as_bytes();
    while !rest.is_empty() {
        let written = std::future::poll_fn(|cx| Pin::new(&mut *stream).poll_write(cx, rest)).await;
        rest = &rest[written.unwrap()..];
    }
    let mut buf = [0; 4096];
    let count = std::future::poll_fn(|cx| Pin::new(&mut *stream).poll_read(cx, &mut buf)).await;
    String::from_utf8(buf[..count.unwrap()].to_vec()).unwrap()
}

async fn read_all(mut stream: &ioloop::TcpStream) -> String {
    let mut all = Vec::new();
    let mut buf = [0; 4096];
    loop {
        let read =
            std::future::poll_fn(|cx| std::pin::Pin::new(&mut stream).poll_read(cx, &mut buf));
        match read.await.unwrap() {
            0 => return String::from_utf8(all).unwrap(),
            count => all.extend_from_slice(&buf[..count]),
        }
    }
}

#[test]
fn fg22_shutdown_lets_requests_finish_and_closes_the_other_connections() {
    let trace = Rc::new(RefCell::new(Vec::new()));
    struct Slow;
    impl Handler for Slow {
        async fn get(&mut self, request: &mut Request, reply: &mut Reply) -> web::Result {
            let wait = request.path_argument(0).parse()?;
            sleep(Duration::from_secs(wait)).await;
            reply.write(wait.to_string());
            Ok(())
        }
    }
    run(async || {
        let begin = IoLoop::current().time();
        let now = move || (IoLoop::current().time() - begin).as_secs();
        let server = Server::new(Application::new().route(r"/(\d+)", || Slow));
        let mut tasks = Vec::new();
        // Three that ask, one that is idle, and one that has begun to ask again.
        for wait in [3, 8, 60] {
            let (mut peer, _) = Peer::of(&server);
            peer.send(format!("GET /{wait} HTTP/1.1\r\nHost: a\r\n\r\n"))
                .await;
            let trace = trace.clone();
            tasks.push(spawn(async move {
                let said = peer.rest().await;
                let body = said.rsplit("\r\n\r\n").next().unwrap().to_owned();
                trace
                    .borrow_mut()
                    .push(format!("{}: {wait} got {body:?}", now()));
            }));
        }
        for (name, said) in [("idle", ""), ("half", "GET")] {
            let (mut peer, _) = Peer::of(&server);
            peer.send("GET /0 HTTP/1.1\r\nHost: a\r\n\r\n").await;
            assert_eq!(peer.answer().await.body, "0");
            peer.send(said).await;
            let trace = trace.clone();
            tasks.push(spawn(async move {
                assert_eq!(peer.rest().await, "");
                trace.borrow_mut().push(format!("{}: {name} closed", now()));
            }));
        }
        sleep(Duration::from_secs(1)).await;
        server.shutdown(Duration::from_secs(20)).await;
        assert_eq!((now(), server.connections()), (21, 0));
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(IoLoop::current().tasks(), 0);
    });
    let trace = trace.take();
    assert_eq!(
        trace,
        [
            "1: idle closed",
            "1: half closed",
            "3: 3 got \"3\"",
            "8: 8 got \"8\"",
            "21: 60 got \"\""
        ]
    );
}
