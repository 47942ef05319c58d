//! The other face of the loop: A is a coroutine of lesson 6, and the loop resumes it.
//! `cargo run -p lesson-08-event-loop --example coroutine`. Takes the lesson's flags.

use std::process::ExitCode;

use co::Coroutine;
use ioloop::{IoLoop, convert};
use lesson_01_blocking::{request_b, request_c};
use lesson_08_event_loop::{LESSON, long_io};
use promise::{Error, Future, Wait, wait};
use slow_server::Address;
use timeline::{holds, request, tell};

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
    let reply = yield_!(convert(long_io(server)))??;
    tell(format!("{name} resumed with {reply:?}"));
    tell(format!("{name} ends"));
    Ok(reply.len())
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
