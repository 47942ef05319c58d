//! A turn that fires what is due has to end.

use reactor::Timers;

/// F10: a timer that is put in by a timer, and due, is not given in the same turn.
#[test]
fn f10_what_is_put_in_after_the_mark_waits() {
    let mut timers = Timers::new();
    timers.insert(1, 'a');
    timers.insert(2, 'b');
    let mark = timers.mark();
    let mut order = String::new();
    while let Some((_, letter)) = timers.pop_due_before(2, mark) {
        order.push(letter);
        timers.insert(2, letter.to_ascii_uppercase());
    }
    assert_eq!(order, "ab");
    let mark = timers.mark();
    while let Some((_, letter)) = timers.pop_due_before(2, mark) {
        order.push(letter);
    }
    assert_eq!(order, "abAB");
    assert!(timers.is_empty());
}
