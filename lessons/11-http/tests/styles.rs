//! `fetch` in four styles, and four fetches at the same time, as the notes quote them.

use ioloop::spawn;
use lesson_11_http::{FOUR, Place, blocking, stand_in};
use web::{AsyncHttpClient, ClientOptions, Server};

#[allow(dead_code, reason = "it has a `main` of its own")]
#[path = "../examples/parallel.rs"]
mod parallel;
#[allow(dead_code, reason = "it has a `main` of its own")]
#[path = "../examples/styles.rs"]
mod styles;
#[path = "../../../crates/web/tests/wire/mod.rs"]
mod wire;

use wire::{LOCAL, ask, run, wire};

/// What the notes quote of a command, up to the end of the block.
fn quoted(example: &str) -> &'static str {
    const NOTES: &str = include_str!("../README.md");
    let command = format!("```text\n$ cargo run -p lesson-11-http --example {example}\n");
    let (_, rest) = NOTES.split_once(&command).expect(example);
    rest.split_once("```").expect("an end").0
}

/// H1, H2, H3: where the second half of A is, and where its error comes out.
#[test]
fn h1_h2_h3_fetch_in_four_styles() {
    assert_eq!(styles::report(), quoted("styles"));
}

/// H13, D1, D2: the time is the slowest's, to the millisecond, by a clock that stands still while anything can happen; one
/// after another it is the sum.
#[test]
fn h13_d1_d2_a_list_and_a_map_take_as_long_as_the_slowest() {
    let report = run(async || {
        let server = Server::new(stand_in(None));
        let client = AsyncHttpClient::connecting_by(ClientOptions::default(), move |_| {
            let (near, far) = wire(1 << 16);
            drop(spawn(server.serve(far, LOCAL)));
            std::future::ready(Ok(near))
        });
        parallel::report(&client, "http://service/where").await
    });
    assert_eq!(report, quoted("parallel"));
}

/// H14: the four fields of the service that is gone; I7: what is not asked as it should be is a 400.
#[test]
fn h14_i7_the_stand_in_answers_as_the_service_did() {
    let get = |query: &str| ask(stand_in(None), &format!("GET /where?{query} HTTP/1.1"));
    let answer = get(&format!("ip={}", FOUR[0]));
    let json = r#"{"ret":1,"country":"China","province":"Zhejiang","city":"Hangzhou"}"#;
    assert_eq!((answer.status, &*answer.body), (200, json));
    let unknown = get("ip=192.0.2.255");
    let json = r#"{"ret":-1,"country":"","province":"","city":""}"#;
    assert_eq!((unknown.status, &*unknown.body), (200, json));
    for query in [
        "",
        "ip=",
        "ip=localhost",
        "ip=1.2.3",
        "ip=192.0.2.1&after=soon",
        "ip=192.0.2.1&after=-1",
        "ip=192.0.2.1&after=60001",
    ] {
        assert_eq!(get(query).status, 400, "{query}");
    }
}

/// C20: where a loop runs, the blocking style says so at once.
#[test]
#[should_panic(expected = "a loop runs on this thread already")]
fn c20_the_blocking_style_is_for_programs_without_a_loop() {
    ioloop::block_on(async {
        let _ = blocking("http://127.0.0.1:1/");
    });
}

#[test]
fn what_is_no_place_is_an_error() {
    let fetched = run(async || {
        let server = Server::new(web::Application::new().route("/", || Text));
        let client = AsyncHttpClient::connecting_by(ClientOptions::default(), move |_| {
            let (near, far) = wire(1 << 16);
            drop(spawn(server.serve(far, LOCAL)));
            std::future::ready(Ok(near))
        });
        Place::of(&client.fetch("http://service/").await.unwrap())
    });
    let error = fetched.unwrap_err().to_string();
    assert!(error.starts_with("the response is malformed: "), "{error}");
}

struct Text;

impl web::Handler for Text {
    async fn get(&mut self, _: &mut web::Request, reply: &mut web::Reply) -> web::Result {
        reply.write("Hangzhou");
        Ok(())
    }
}
