//! When timers come out, and in which order.

use std::iter::from_fn;

use reactor::Timers;

const TICK: u64 = 1 << 17;

fn all_due<T>(timers: &mut Timers<T>, now: u64) -> Vec<T> {
    from_fn(|| timers.pop_due(now))
        .map(|(_, value)| value)
        .collect()
}

/// F9: also where they are nearer to each other than any clock can tell.
#[test]
fn f9_the_order_is_that_of_the_deadlines_to_the_nanosecond() {
    let mut timers = Timers::new();
    for deadline in [5, 3, TICK + 1, 4, TICK, 1, 9 * TICK, TICK - 1] {
        timers.insert(deadline, deadline);
    }
    assert_eq!(all_due(&mut timers, 4), [1, 3, 4]);
    assert_eq!(all_due(&mut timers, TICK), [5, TICK - 1, TICK]);
    assert_eq!(all_due(&mut timers, u64::MAX), [TICK + 1, 9 * TICK]);
}

/// FE07: though they were put in at different times, and so went different ways through the wheel.
#[test]
fn fe07_equal_deadlines_come_out_as_they_were_put_in() {
    let deadline = (1 << 45) + 12_345;
    let mut timers = Timers::new();
    let mut number = 0;
    for distance in [1 << 45, 1 << 37, 1 << 33, 1 << 29, 1 << 25, TICK, 99, 1] {
        assert!(timers.pop_due(deadline - distance).is_none());
        for _ in 0..3 {
            timers.insert(deadline, number);
            number += 1;
        }
    }
    assert!(timers.pop_due(deadline - 1).is_none());
    let order = all_due(&mut timers, deadline);
    assert_eq!(order, (0..number).collect::<Vec<_>>());
}

/// FE01: were the ticks counted one by one on the way there, this would take days.
#[test]
fn fe01_time_may_jump_to_the_end() {
    let edges = (0..64).flat_map(|bit| [(1 << bit) - 1, 1 << bit, (1 << bit) + 1]);
    let mut deadlines: Vec<u64> = edges.chain([u64::MAX - 1, u64::MAX]).collect();
    let mut timers = Timers::new();
    for &deadline in deadlines.iter().rev() {
        timers.insert(deadline, deadline);
    }
    deadlines.sort_unstable();
    assert_eq!(timers.next_deadline(), Some(0));
    assert_eq!(all_due(&mut timers, u64::MAX), deadlines);
    // And what is put in at the end of time is due.
    timers.insert(u64::MAX, 7);
    assert_eq!(timers.next_deadline(), Some(u64::MAX));
    assert_eq!(all_due(&mut timers, u64::MAX), [7]);
}

/// FE01: a loop that sleeps until `next_deadline` wakes once for each timer, however far it is.
#[test]
fn fe01_nobody_wakes_on_the_way_to_a_far_deadline() {
    for bit in 0..64 {
        let deadline = (1 << bit) + 1;
        let mut timers = Timers::new();
        timers.insert(deadline, ());
        assert_eq!(timers.next_deadline(), Some(deadline));
        assert!(timers.pop_due(deadline - 1).is_none());
        assert_eq!(timers.next_deadline(), Some(deadline));
        assert!(timers.pop_due(deadline).is_some());
    }
}

/// FE02
#[test]
fn fe02_what_is_past_is_due_at_once_and_in_order() {
    let mut timers = Timers::new();
    assert!(timers.pop_due(1 << 40).is_none());
    for deadline in [7, 0, 1 << 39, 7] {
        timers.insert(deadline, deadline);
    }
    assert_eq!(timers.next_deadline(), Some(0));
    // An earlier time than before takes nothing back.
    assert_eq!(all_due(&mut timers, 7), [0, 7, 7]);
    assert_eq!(all_due(&mut timers, 1 << 40), [1 << 39]);
}

/// FE06: the slot is used again; the key means the one that it was given for.
#[test]
fn fe06_an_old_key_means_nobody_else() {
    let mut timers = Timers::new();
    let old = timers.insert(1, "old");
    assert_eq!(timers.pop_due(1).unwrap(), (old, "old"));
    let new = timers.insert(2, "new");
    assert_ne!(old, new);
    assert_eq!((timers.remove(old), timers.get_mut(old)), (None, None));
    assert_eq!(timers.get_mut(new), Some(&mut "new"));
    assert_eq!(timers.remove(new), Some("new"));
}

/// FE06, F11: it is due, it is next, and it is taken out before its turn comes.
#[test]
fn f11_one_that_is_due_in_this_turn_can_be_taken_out() {
    let mut timers = Timers::new();
    let keys = [9, 2, 2, 2, 9].map(|deadline| timers.insert(deadline, deadline));
    assert_eq!(timers.pop_due(2).unwrap().0, keys[1]);
    assert_eq!(timers.remove(keys[2]), Some(2));
    assert_eq!(timers.remove(keys[2]), None);
    assert_eq!(timers.pop_due(2).unwrap().0, keys[3]);
    assert_eq!(timers.pop_due(2), None);
    assert_eq!(timers.remove(keys[0]), Some(9));
    assert_eq!(timers.pop_due(9).unwrap().0, keys[4]);
    assert!(timers.is_empty());
}

/// FE06: put in while firing.
#[test]
fn fe06_what_is_put_in_by_one_that_fires_takes_its_place_in_the_order() {
    let mut timers = Timers::new();
    timers.insert(10, "first");
    timers.insert(4 * TICK, "last");
    let now = 8 * TICK;
    assert_eq!(timers.pop_due(now).unwrap().1, "first");
    timers.insert(20, "of the same tick");
    timers.insert(2 * TICK, "of a later tick");
    timers.insert(now + 1, "not due");
    let order = ["of the same tick", "of a later tick", "last"];
    assert_eq!(all_due(&mut timers, now), order);
    assert_eq!(timers.len(), 1);
}

/// A reactor that sleeps until then would sleep too long, or not at all.
#[test]
fn to_take_out_the_first_moves_the_time_to_wake_no_further_than_the_second() {
    let mut timers = Timers::new();
    let first = timers.insert(10 * TICK, ());
    timers.insert(900 * TICK, ());
    timers.remove(first);
    let wake = timers.next_deadline().unwrap();
    assert!(wake <= 900 * TICK);
    assert!(timers.pop_due(wake).is_some() || timers.next_deadline() > Some(wake));
}
