//! Blocking questions to scripted servers. Nothing here sleeps.

use slow_server::{Address, AskError, Fault, SlowServer};
use socket2::SockRef;
use std::io::{ErrorKind, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

/// Asks a server that does `script` with its only connection.
fn ask(script: impl FnOnce(TcpStream) + Send) -> Result<String, AskError> {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = Address::from(listener.local_addr().unwrap());
    thread::scope(|scope| {
        scope.spawn(|| script(listener.accept().unwrap().0));
        address.ask()
    })
}

#[test]
fn a_line_is_the_reply_while_the_connection_stays_open() {
    let (done, wait) = std::sync::mpsc::channel::<()>();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = Address::from(listener.local_addr().unwrap());
    let server = thread::spawn(move || {
        let mut stream = listener.accept().unwrap().0;
        stream.write_all(b"one\ntwo").unwrap();
        // Ends only after the reply was had: so the reply does not wait for the end.
        let _ = wait.recv();
    });
    assert_eq!(address.ask().unwrap(), "one");
    drop(done);
    server.join().unwrap();
}

#[test]
fn the_end_of_the_stream_ends_a_reply() {
    let reply = ask(|mut stream| stream.write_all(b"no line end").unwrap());
    assert_eq!(reply.unwrap(), "no line end");
}

#[test]
fn a_reply_in_pieces_is_put_together() {
    let reply = ask(|mut stream| {
        for byte in "中文\r\n".as_bytes() {
            stream.write_all(&[*byte]).unwrap();
        }
    });
    assert_eq!(reply.unwrap(), "中文");
}

#[test]
fn hanging_up_without_a_byte_is_no_reply() {
    let error = ask(drop).unwrap_err();
    assert!(matches!(error.fault, Fault::NoReply), "{error}");
}

#[test]
fn a_reset_is_an_error_not_a_reply() {
    let error = ask(|stream| {
        // Closing without lingering resets.
        SockRef::from(&stream)
            .set_linger(Some(Duration::ZERO))
            .unwrap();
    })
    .unwrap_err();
    assert!(
        matches!(&error.fault, Fault::Interrupted(cause) if cause.kind() == ErrorKind::ConnectionReset),
        "{error}"
    );
}

#[test]
fn a_line_without_end_stops_at_64_kib() {
    let error = ask(|mut stream| {
        // Until the other side has had enough.
        while stream.write_all(&[b'x'; 4096]).is_ok() {}
    })
    .unwrap_err();
    assert!(matches!(error.fault, Fault::TooLong), "{error}");
}

#[test]
fn a_refusal_says_what_to_do() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = Address::from(listener.local_addr().unwrap());
    drop(listener);
    let error = address.ask().unwrap_err().to_string();
    let port = address.port();
    assert_eq!(
        error,
        format!(
            "connection refused at 127.0.0.1:{port}: nothing listens there; start one with `nc -l {port}`"
        )
    );
}

#[test]
fn localhost_finds_a_server_that_listens_on_one_of_its_addresses() {
    let server = SlowServer::after(Duration::ZERO).unwrap();
    let address: Address = format!("localhost:{}", server.address().port())
        .parse()
        .unwrap();
    assert_eq!(address.ask().unwrap(), "io result");
}

#[test]
fn a_name_that_nobody_knows_is_not_found() {
    // RFC 6761: `.invalid` never exists.
    let address: Address = "nobody.invalid:80".parse().unwrap();
    let asked = Instant::now();
    let error = address.ask().unwrap_err();
    assert!(matches!(error.fault, Fault::NotFound(_)), "{error}");
    // Either it was found to be unknown, or the time was up, but not before.
    let timed_out =
        matches!(&error.fault, Fault::NotFound(cause) if cause.kind() == ErrorKind::TimedOut);
    assert!(!timed_out || asked.elapsed() >= slow_server::CONNECT_WITHIN);
}
