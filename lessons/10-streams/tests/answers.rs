//! G24: the very simple (and broken) HTTP client over a stream, and a mended one.

#[allow(dead_code, reason = "it has a `main` of its own")]
#[path = "../examples/answers.rs"]
mod answers;

/// G24: what each makes of each answer, as the notes quote it.
#[test]
fn g24_a_very_simple_http_client_and_what_mends_it() {
    let command = "$ cargo run -p lesson-10-streams --example answers\n";
    let (_, rest) = include_str!("../README.md").split_once(command).unwrap();
    let quoted = rest.split_once("```").unwrap().0;
    assert_eq!(answers::report(), quoted);
}
