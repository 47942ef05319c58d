//! The law: nothing else runs while A waits.

use lesson::{Proof, prove, refute};
use lesson_01_blocking::{LESSON, request_a, request_b, request_c, serve};

#[test]
fn a1_the_law_holds_in_every_schedule() {
    let proof = prove(&LESSON.law, serve);
    let only_one = Proof {
        orders: 1,
        while_io_lasts: 1,
    };
    assert_eq!(proof, only_one);
}

#[test]
fn planted_b_before_a_is_caught() {
    let broken = refute(&LESSON.law, |server| {
        request_b();
        request_a("A", &server).unwrap();
        request_c();
    });
    assert!(
        broken.starts_with("'B begins' came before 'A ends'"),
        "{broken}"
    );
}

#[test]
fn planted_a_request_that_is_forgotten_is_caught() {
    let broken = refute(&LESSON.law, |server| {
        request_a("A", &server).unwrap();
        request_b();
    });
    assert!(broken.contains("'C begins'"), "{broken}");
}
