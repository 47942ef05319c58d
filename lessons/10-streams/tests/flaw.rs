//! The flaw: HTTP is larger than what this lesson knows of it.

use std::time::Duration;

use ioloop::{block_on, spawn, timeout};
use iostream::IoStream;
use lesson_10_streams::fetch;

#[path = "../../../crates/iostream/tests/wire/mod.rs"]
mod wire;

use wire::{turns, wire};

/// Half a head, and then nothing: A waits for as long as the server likes.
#[test]
fn a_server_that_says_nothing_more_holds_a_for_ever() {
    block_on(async {
        let (end, peer) = wire();
        let a = spawn(async { fetch(&IoStream::new(end)).await.is_ok() });
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Le");
        turns().await;
        assert!(!a.is_finished());
    });
}

/// What a time-out does: it drops the fetch, and with that the connection.
#[test]
fn whoever_gives_up_drops_the_connection() {
    block_on(async {
        let (end, peer) = wire();
        let calls = end.calls.clone();
        let patient = async { fetch(&IoStream::new(end)).await.is_ok() };
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Le");
        assert!(timeout(Duration::ZERO, patient).await.is_err());
        assert!(calls.dropped.get());
    });
}

/// "It is over there now": that is all that A gets.
#[test]
fn a_redirect_is_not_followed() {
    block_on(async {
        let (end, peer) = wire();
        peer.send(b"HTTP/1.1 301 Moved Permanently\r\nLocation: /new\r\nContent-Length: 0\r\n\r\n");
        let response = fetch(&IoStream::new(end)).await.unwrap();
        assert_eq!((response.status, response.body), (301, Vec::new()));
        assert_eq!(
            peer.got()
                .windows(3)
                .filter(|three| three == b"GET")
                .count(),
            1
        );
    });
}
