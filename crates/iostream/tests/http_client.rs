//! G24: the very simple (and broken) HTTP client over a stream, and a mended one.
#![cfg(not(miri))]

#[allow(dead_code, reason = "it has a `main` of its own")]
#[path = "../examples/http_client.rs"]
mod http_client;

/// G24: what each makes of each answer, as the notes quote it.
#[test]
fn g24_a_very_simple_http_client_and_what_mends_it() {
    let command = "$ cargo run -p iostream --example http_client\n";
    let (_, rest) = include_str!("../README.md").split_once(command).unwrap();
    let quoted = rest.split_once("```").unwrap().0;
    assert_eq!(http_client::report(), quoted);
}
