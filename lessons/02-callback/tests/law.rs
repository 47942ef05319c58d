//! The law: two chains, of `main` and of the I/O's thread.

use lesson::{Proof, prove, refute};
use lesson_01_blocking::{request_b, request_c};
use lesson_02_callback::{LESSON, on_reply, request_a, serve};
use timeline::{tell, thread};

/// A2, A6: 10! / (5! 5!) = 252 ways to lay `main`'s other five events and the thread's five
/// side by side; while the I/O lasts, only "I/O begins" floats, among six places.
#[test]
fn a2_a6_the_law_holds_in_every_schedule() {
    let proof = prove(&LESSON.law, serve);
    let orders = Proof {
        orders: 252,
        while_io_lasts: 6,
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

#[test]
fn planted_a_callback_before_the_io_ends_is_caught() {
    let broken = refute(&LESSON.law, |_| {
        tell("A begins");
        thread::spawn("io", || {
            tell("I/O begins");
            on_reply("io result".to_owned());
            tell("I/O ends");
        });
        tell("A leaves");
        request_b();
        request_c();
    });
    let expected = "'callback begins' came before 'I/O ends'";
    assert!(broken.starts_with(expected), "{broken}");
}

#[test]
fn planted_a_lost_result_is_caught() {
    let broken = refute(&LESSON.law, |server| {
        tell("A begins");
        lesson_02_callback::long_io(server, |_reply| ());
        tell("A leaves");
        request_b();
        request_c();
    });
    assert!(broken.contains("'callback begins'"), "{broken}");
}
