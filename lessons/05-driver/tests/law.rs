//! The law: A is suspended before its I/O begins.

use std::sync::Arc;

use co::{Coroutine, CoroutineState};
use lesson::{Proof, prove, refute};
use lesson_01_blocking::{request_b, request_c};
use lesson_05_driver::{LESSON, long_io, request_a, serve};
use slow_server::Address;
use timeline::{Mutex, request, tell, thread};

/// A5, A6: 8! / (4! 4!) = 70 ways to lay `main`'s last four events and the thread's four side
/// by side; while the I/O lasts, only "I/O begins" floats, among five places.
#[test]
fn a5_a6_the_law_holds_in_every_schedule() {
    let proof = prove(&LESSON.law, serve);
    let orders = Proof {
        orders: 70,
        while_io_lasts: 5,
    };
    assert_eq!(proof, orders);
}

#[test]
fn planted_b_before_a_is_caught() {
    let broken = refute(&LESSON.law, |server| {
        request_b();
        request_a("A", server);
        request_c();
    });
    assert!(broken.starts_with("'B begins' came before 'A "), "{broken}");
}

/// A driver that begins the I/O before it has put A where the thread will look for it.
/// No event is told in between: only because a lock is a step does the explorer come there.
#[test]
fn planted_a_coroutine_kept_after_the_io_starts_is_caught() {
    #[co::coroutine(start = drive_badly)]
    fn request_a(server: Address) {
        tell("A begins");
        let reply = yield_!(long_io(server));
        tell(format!("A resumed with {reply:?}"));
        tell("A ends");
    }

    fn drive_badly<A, Io>(a: A)
    where
        A: Coroutine<String, Yield = Io, Return = ()> + Send + 'static,
        Io: Coroutine<(), Yield = String, Return = ()> + Send + 'static,
    {
        let slot = Arc::new(Mutex::new(None));
        let mut a = Box::pin(a);
        let CoroutineState::Yielded(io) = a.as_mut().start() else {
            return;
        };
        tell(format!("{} suspended", request()));
        let taker = slot.clone();
        thread::spawn("io", move || {
            if let CoroutineState::Yielded(reply) = Box::pin(io).as_mut().start()
                && let Some(mut a) = taker.lock().take()
            {
                let a: &mut std::pin::Pin<Box<A>> = &mut a;
                let _ = a.as_mut().resume(reply);
            }
        });
        *slot.lock() = Some(a); // too late
    }

    let broken = refute(&LESSON.law, |server| {
        request_a(server);
        request_b();
        request_c();
    });
    assert!(
        broken.contains("'A resumed with \"io result\"'"),
        "{broken}"
    );
}
