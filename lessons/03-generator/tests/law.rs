//! The law: A is one value, suspended on `main` and resumed on the I/O's thread.

use lesson::{Proof, prove, refute};
use lesson_01_blocking::{request_b, request_c};
use lesson_03_generator::{LESSON, RequestA, resume, serve, start};
use timeline::tell;

/// A3, A6, A8 a. With the I/O's length free: 9! / (5! 4!) = 126 ways to lay `main`'s other five
/// events and the thread's four side by side, less the 6 where A would be resumed before it is
/// suspended; instead of those there is 1 order in which the reply is lost.
/// While the I/O lasts, it cannot be lost, and only "I/O begins" floats, among six places.
#[test]
fn a3_a6_a8_a_the_law_holds_in_every_schedule() {
    let proof = prove(&LESSON.law, serve);
    let orders = Proof {
        orders: 121,
        while_io_lasts: 6,
    };
    assert_eq!(proof, orders);
}

#[test]
fn planted_b_before_a_is_caught() {
    let broken = refute(&LESSON.law, |server| {
        request_b();
        start(RequestA::new("A", server));
        request_c();
    });
    assert!(broken.starts_with("'B begins' came before 'A "), "{broken}");
}

#[test]
fn planted_a_reply_before_the_io_ends_is_caught() {
    let broken = refute(&LESSON.law, |server| {
        start(RequestA::new("A", server));
        resume("io result".to_owned());
        request_b();
        request_c();
    });
    assert!(
        broken.contains("'A resumed with \"io result\"'"),
        "{broken}"
    );
}

/// A driver that says that A is suspended and keeps it nowhere.
#[test]
fn planted_a_lost_coroutine_is_caught() {
    let broken = refute(&LESSON.law, |server| {
        tell("A begins");
        lesson_02_callback::long_io(server, resume);
        tell("A suspended");
        request_b();
        request_c();
    });
    assert!(broken.contains("finds nobody and is lost'"), "{broken}");
}
