//! The law: A is served, whenever its reply comes.

use lesson::{Proof, prove, refute};
use lesson_01_blocking::{request_b, request_c};
use lesson_06_future::{LESSON, long_io, request_a, serve};
use timeline::tell;

/// A6. Suspended and resumed by its I/O: 120 orders, as in lesson 3. The reply there before A
/// asks: 1. The reply there while A is being put aside: "A suspended" floats among the two
/// lines of the I/O: 3. While the I/O lasts, only "I/O begins" floats, among six places.
#[test]
fn a6_the_law_holds_in_every_schedule() {
    let proof = prove(&LESSON.law, serve);
    let orders = Proof {
        orders: 124,
        while_io_lasts: 6,
    };
    assert_eq!(proof, orders);
}

#[test]
fn planted_b_before_a_is_caught() {
    let broken = refute(&LESSON.law, |server| {
        request_b();
        drop(request_a("A", server));
        request_c();
    });
    assert!(broken.starts_with("'B begins' came before 'A "), "{broken}");
}

/// A future whose result nobody fetches: A never goes on.
#[test]
fn planted_a_lost_result_is_caught() {
    let broken = refute(&LESSON.law, |server| {
        tell("A begins");
        let reply = long_io(server);
        tell("A suspended");
        drop(reply);
        request_b();
        request_c();
    });
    assert!(
        broken.contains("'A resumed with \"io result\"'"),
        "{broken}"
    );
}
