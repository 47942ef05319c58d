//! The law: lesson 3's, letter by letter.

use lesson::{Proof, prove, refute};
use lesson_01_blocking::{request_b, request_c};
use lesson_04_decorator::{LESSON, request_a, serve};

/// A4, A6, A8 a: as in lesson 3.
#[test]
fn a4_a6_the_law_holds_in_every_schedule() {
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
        request_a("A", server);
        request_c();
    });
    assert!(broken.starts_with("'B begins' came before 'A "), "{broken}");
}

/// The decorated call gives nothing back: called with another name, it is another request.
#[test]
fn planted_another_request_is_caught() {
    let broken = refute(&LESSON.law, |server| {
        request_a("D", server);
        request_b();
        request_c();
    });
    assert!(broken.contains("'A begins'"), "{broken}");
}
