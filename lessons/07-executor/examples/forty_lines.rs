//! A, B and C on the forty lines: `cargo run -p lesson-07-executor --example forty_lines`. Takes the lesson's flags.

use std::future::poll_fn;
use std::pin::pin;
use std::process::ExitCode;

use lesson_01_blocking::{request_b, request_c};
use lesson_07_executor::forty_lines::{Task, run};
use lesson_07_executor::{LESSON, request_a};
use slow_server::Address;
use timeline::{holds, tell};

pub(crate) fn serve(server: Address) {
    let a = async {
        if let Err(error) = request_a("A", server).await {
            tell(format!("A fails: {error}"));
        }
    };
    let tasks: Vec<Task<'_>> = vec![
        Box::pin(watched("A", a)),
        Box::pin(async { request_b() }),
        Box::pin(async { request_c() }),
    ];
    run(tasks);
}

/// The forty lines tell nobody what they do; so this stands between them and A.
async fn watched(name: &str, request: impl Future<Output = ()>) {
    let bytes = size_of_val(&request);
    let mut request = pin!(request);
    poll_fn(|cx| {
        let polled = request.as_mut().poll(cx);
        if polled.is_pending() {
            tell(format!("{name} suspended"));
            holds(bytes);
        }
        polled
    })
    .await;
}

fn main() -> ExitCode {
    lesson::run(&LESSON, serve)
}
