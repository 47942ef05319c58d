//! The other face of the loop: A is a coroutine of lesson 6, and the loop resumes it.
//! `cargo run -p lesson-08-event-loop --example coroutine`. Takes the lesson's flags.

use std::future::poll_fn;
use std::mem;
use std::pin::pin;
use std::process::ExitCode;

use co::Coroutine;
use ioloop::{IoLoop, convert};
use lesson_01_blocking::{request_b, request_c};
use lesson_08_event_loop::{LESSON, long_io};
use promise::{Error, Future, Wait, wait};
use slow_server::{Address, AskError};
use timeline::{holds, request, serves, tell};

pub(crate) fn serve(server: Address) {
    let served = IoLoop::current().run_sync(None, || {
        let a = request_a("A", server);
        request_b();
        request_c();
        a
    });
    if let Ok(Err(error)) = served {
        tell(format!("A fails: {error}"));
    }
}

#[co::coroutine(start = run, wait = wait)]
fn request_a(name: &'static str, server: Address) -> Future<usize> {
    tell(format!("{name} begins"));
    let reply = yield_!(convert(io_of(name, server)))??;
    tell(format!("{name} resumed with {reply:?}"));
    tell(format!("{name} ends"));
    Ok(reply.len())
}

/// `long_io`, which is a task of its own here. At each poll it says whom it serves, since B and C were served in between;
/// and when it waits for the first time, it tells that it holds no thread.
async fn io_of(name: &'static str, server: Address) -> Result<String, AskError> {
    let mut io = pin!(long_io(server));
    let mut suspended = false;
    poll_fn(|cx| {
        serves(name);
        let polled = io.as_mut().poll(cx);
        if polled.is_pending() && !mem::replace(&mut suspended, true) {
            tell("I/O suspended");
        }
        polled
    })
    .await
}

/// What `ioloop::run` does, and tells that the call returns before its coroutine has ended.
fn run<T, C>(coroutine: C) -> Future<T>
where
    T: Send + 'static,
    C: Coroutine<(), Yield = Wait, Return = Result<T, Error>> + Send + 'static,
{
    let bytes = size_of_val(&coroutine);
    let future = ioloop::run(coroutine);
    if !future.is_done() {
        tell(format!("{} suspended", request()));
        holds(bytes);
    }
    future
}

fn main() -> ExitCode {
    lesson::run(&LESSON, serve)
}
