//! Which pages may open a WebSocket.

mod frames;
mod wire;

use web::{Application, Message, Request, Server, WebSocket, WebSocketHandler, same_origin};

use frames::ASKS;
use wire::{Peer, run};

/// Who says "yes" to all, but for what it is told to look at.
struct Origins(&'static str);

impl WebSocketHandler for Origins {
    fn check_origin(&self, request: &Request) -> bool {
        same_origin(request, self.0)
    }

    async fn on_message(&mut self, _: &WebSocket, _: Message) -> web::Result {
        Ok(())
    }
}

/// What comes with `scheme` and this `Host` from a page with these `Origin`s.
fn from(scheme: &'static str, host: &str, headers: &str) -> u16 {
    let application = Application::new().websocket("/", move || Origins(scheme));
    asked(application, host, headers)
}

fn asked(application: Application, host: &str, headers: &str) -> u16 {
    run(async || {
        let (mut peer, _) = Peer::of(&Server::new(application));
        let request = ASKS.replace("localhost", host);
        let request = request.replace("Upgrade: w", &format!("{headers}Upgrade: w"));
        peer.send(request).await;
        peer.answer().await.status
    })
}

/// J3, FI09: the page that opens it has the same scheme, host and port, exactly.
#[test]
fn j3_fi09_a_page_of_another_origin_is_403() {
    let ours = [
        ("a.example", "http://a.example"),
        ("A.Example", "http://a.example"),
        ("a.example:80", "http://a.example"),
        ("a.example:8000", "http://a.example:8000"),
        ("a.example:443", "http://a.example:443"),
        ("127.0.0.1:1", "http://127.0.0.1:1"),
        ("[::1]", "http://[::1]"),
        ("[::1]:8000", "http://[::1]:8000"),
        ("[0:0::1]:80", "http://[::1]"),
        ("xn--bcher-kva.example", "http://xn--bcher-kva.example"),
    ];
    for (host, origin) in ours {
        let origin = format!("Origin: {origin}\r\n");
        assert_eq!(from("http", host, &origin), 101, "{host} {origin}");
        assert_eq!(from("https", host, &origin), 403, "{host} {origin}");
    }
    for origin in [
        "http://evil.example",
        "https://a.example",
        "http://a.example:81",
        "http://a.example:443",
        "http://a.example.evil.example",
        "http://evil-a.example",
        "http://sub.a.example",
        "http://example",
        "http://a.example.",
        "http://a.example/",
        "http://a.example/?x",
        "http://a.example@evil.example",
        "http://evil.example@a.example",
        "http://user@a.example",
        "http://a.example#",
        "http://a.example:80",
        "http://a.example:",
        "HTTP://a.example",
        "http://A.EXAMPLE",
        "//a.example",
        "a.example",
        "ws://a.example",
        "file://",
        "null",
        "",
        "*",
        "http://a.example http://a.example",
        "http://a.example, http://evil.example",
        "http://a.\u{435}xample",
        "http://[::1]",
    ] {
        let origin = format!("Origin: {origin}\r\n");
        assert_eq!(from("http", "a.example", &origin), 403, "{origin}");
    }
}

#[test]
fn fi09_behind_a_proxy_with_a_certificate_the_origin_is_one_of_https() {
    for (host, origin) in [
        ("a.example", "https://a.example"),
        ("a.example:443", "https://a.example"),
        ("a.example:80", "https://a.example:80"),
    ] {
        let origin = format!("Origin: {origin}\r\n");
        assert_eq!(from("https", host, &origin), 101, "{host} {origin}");
        assert_eq!(from("http", host, &origin), 403, "{host} {origin}");
    }
    // What has no origin at all is nobody's.
    let null = "Origin: null\r\n";
    for scheme in ["http", "file", "data", "x", ""] {
        assert_eq!(from(scheme, "a.example", null), 403, "{scheme}");
    }
    assert_eq!(from("http", "", "Origin: http://\r\n"), 403);
}

#[test]
fn fi09_two_origins_are_none_and_without_one_there_must_be_no_cookie() {
    let ours = "Origin: http://a.example\r\n";
    assert_eq!(from("http", "a.example", &ours.repeat(2)), 403);
    let other = format!("{ours}Origin: http://evil.example\r\n");
    assert_eq!(from("http", "a.example", &other), 403);
    assert_eq!(from("http", "a.example", ""), 101);
    assert_eq!(from("http", "a.example", "Cookie: id=1\r\n"), 403);
    assert_eq!(from("http", "a.example", "cookie:\r\n"), 403);
    let both = format!("{ours}Cookie: id=1\r\n");
    assert_eq!(from("http", "a.example", &both), 101);
}

/// Who wants pages from everywhere says so.
#[test]
fn j3_a_handler_decides_by_itself_who_may_open_it() {
    struct Open(bool);
    impl WebSocketHandler for Open {
        fn check_origin(&self, _: &Request) -> bool {
            self.0
        }
        async fn on_message(&mut self, _: &WebSocket, _: Message) -> web::Result {
            Ok(())
        }
    }
    for (opens, status) in [(true, 101), (false, 403)] {
        let application = Application::new().websocket("/", move || Open(opens));
        let foreign = "Origin: http://evil.example\r\n";
        assert_eq!(asked(application, "a.example", foreign), status);
    }
}
