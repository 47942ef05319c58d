//! Runs a coroutine and the I/O that it yields.

use std::pin::pin;

use co::{Coroutine, CoroutineState};
use timeline::{holds, request, tell, thread};

/// Starts `a` on this thread, runs the I/O that it yields on a new one, and resumes `a` there
/// with the reply.
///
/// The I/O is over at its yield: it is dropped there, and what stands behind the yield never runs.
///
/// Nobody else ever sees `a`: it moves to the new thread after it was suspended, so the I/O
/// cannot end too early.
///
/// # Panics
///
/// If `a` never yields: there is no I/O to run.
pub fn drive<A, Io>(a: A)
where
    A: Coroutine<String, Yield = Io, Return = ()> + Send + 'static,
    Io: Coroutine<(), Yield = String, Return = ()> + Send + 'static,
{
    let mut a = Box::pin(a);
    let CoroutineState::Yielded(io) = a.as_mut().start() else {
        panic!("the coroutine ended without a yield, and its driver has no I/O to run");
    };
    tell(format!("{} suspended", request()));
    holds(size_of_val(&*a));
    thread::spawn("io", move || {
        let CoroutineState::Yielded(reply) = pin!(io).start() else {
            return; // The I/O failed. It has said so; nobody else will.
        };
        if let CoroutineState::Yielded(_) = a.as_mut().resume(reply) {
            tell(format!("{} yields again and is lost", request()));
        }
    });
}
