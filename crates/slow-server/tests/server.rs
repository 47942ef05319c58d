//! What the slow server promises.

use slow_server::{Address, Gate, SlowServer};
use std::io::Read;
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

fn connect(server: &SlowServer) -> TcpStream {
    TcpStream::connect(server.address().as_str()).unwrap()
}

fn all_of(mut stream: TcpStream) -> std::io::Result<String> {
    let mut text = String::new();
    stream.read_to_string(&mut text).map(|_| text)
}

#[test]
fn the_reply_does_not_come_before_its_time() {
    let delay = Duration::from_millis(30);
    let server = SlowServer::after(delay).unwrap();
    let asked = Instant::now();
    assert_eq!(all_of(connect(&server)).unwrap(), "io result\n");
    assert!(asked.elapsed() >= delay);
}

#[test]
fn the_gate_holds_replies_back_and_lets_them_all_out() {
    let (server, gate) = SlowServer::gated().unwrap();
    let waiting: Vec<_> = (0..3).map(|_| connect(&server)).collect();
    for stream in &waiting {
        stream.set_nonblocking(true).unwrap();
        let nothing = stream.peek(&mut [0]).unwrap_err();
        assert_eq!(nothing.kind(), std::io::ErrorKind::WouldBlock);
        stream.set_nonblocking(false).unwrap();
    }
    gate.open();
    for stream in waiting {
        assert_eq!(all_of(stream).unwrap(), "io result\n");
    }
    gate.open();
    assert_eq!(
        all_of(connect(&server)).unwrap(),
        "io result\n",
        "stays open"
    );
}

#[test]
fn another_reply_can_be_given() {
    let (server, gate) = SlowServer::gated().unwrap();
    let server = server.replying("second");
    gate.open();
    assert_eq!(all_of(connect(&server)).unwrap(), "second\n");
}

#[test]
fn dropping_closes_the_connections_that_wait() {
    let (server, gate) = SlowServer::gated().unwrap();
    let stream = connect(&server);
    drop(server);
    // The end of the stream if it was accepted, a reset if not yet: in either case no reply and no hang.
    assert!(!matches!(all_of(stream), Ok(text) if !text.is_empty()));
    gate.open();
}

#[test]
fn dropping_while_everybody_connects_does_not_hang() {
    for delay in [Duration::ZERO, Duration::MAX] {
        let server = SlowServer::after(delay).unwrap();
        let address = server.address();
        thread::scope(|scope| {
            for _ in 0..4 {
                // A reply or an error, as it happens.
                scope.spawn(|| (0..20).for_each(|_| drop(TcpStream::connect(address.as_str()))));
            }
            drop(server);
        });
    }
}

#[test]
fn a_client_that_went_away_does_not_stop_the_next() {
    let (server, gate) = SlowServer::gated().unwrap();
    drop(connect(&server));
    gate.open();
    assert_eq!(server.address().ask().unwrap(), "io result");
}

#[test]
fn hanging_up_gives_the_end_of_the_stream() {
    let server = SlowServer::hanging_up().unwrap();
    assert_eq!(all_of(connect(&server)).unwrap(), "");
}

#[test]
fn gates_and_addresses_go_to_other_threads() {
    fn crosses<T: Clone + Send + Sync>() {}
    crosses::<Gate>();
    crosses::<Address>();
}
