//! The law as data: how many orders it allows, and which.

use lesson::{Chain, Law, Outcome};
use std::panic::catch_unwind;

/// Rung 2, as the table of the A/B/C programs has it.
const CALLBACK: Law = Law {
    outcomes: &[Outcome {
        name: "called back",
        chains: &[
            Chain {
                thread: "main",
                events: &[
                    "A begins", "A leaves", "B begins", "B ends", "C begins", "C ends",
                ],
            },
            Chain {
                thread: "io-1",
                events: &[
                    "I/O begins",
                    "I/O ends",
                    "callback begins",
                    "\"io result\"",
                    "callback ends",
                ],
            },
        ],
        before: &[("A begins", "I/O begins")],
    }],
    while_io_lasts: Some(("C ends", "I/O ends")),
};

fn pair(law: Law) -> (u128, u128) {
    (law.orders(), law.orders_while_io_lasts())
}

fn one(chains: &[Chain], before: &[(&'static str, &'static str)]) -> Law {
    let outcome = Outcome {
        name: "only",
        chains: chains.to_vec().leak(),
        before: before.to_vec().leak(),
    };
    Law {
        outcomes: vec![outcome].leak(),
        while_io_lasts: None,
    }
}

const fn chain(thread: &'static str, events: &'static [&'static str]) -> Chain {
    Chain { thread, events }
}

#[test]
fn rung_2_has_252_orders_and_6_while_the_io_lasts() {
    assert_eq!(pair(CALLBACK), (252, 6));
}

#[test]
fn one_chain_has_one_order_and_no_event_has_one_too() {
    assert_eq!(pair(one(&[chain("main", &["a", "b", "c"])], &[])), (1, 1));
    assert_eq!(pair(one(&[], &[])), (1, 1));
    assert_eq!(pair(one(&[chain("main", &[])], &[])), (1, 1));
}

#[test]
fn orders_are_counted_without_listing_them() {
    // Four threads of twelve events: 48! / (12!)^4.
    const E: &[&str] = &["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"];
    let law = one(
        &[chain("1", E), chain("2", E), chain("3", E), chain("4", E)],
        &[],
    );
    let orders = law.orders();
    // 48! / (12!)^4 = C(48,12) * C(36,12) * C(24,12).
    let choose = |n: u128, k: u128| (0..k).fold(1, |c, i| c * (n - i) / (i + 1));
    assert_eq!(orders, choose(48, 12) * choose(36, 12) * choose(24, 12));
}

#[test]
fn an_outcome_that_contradicts_the_lasting_io_counts_0() {
    const LAW: Law = Law {
        outcomes: &[
            Outcome {
                name: "served",
                chains: &[
                    chain("main", &["A begins", "C ends"]),
                    chain("io-1", &["I/O ends"]),
                ],
                before: &[],
            },
            Outcome {
                name: "lost",
                chains: &[
                    chain("main", &["A begins", "C ends"]),
                    chain("io-1", &["I/O ends", "result lost"]),
                ],
                before: &[("I/O ends", "A begins")],
            },
            Outcome {
                name: "failed: no 'I/O ends' to compare with",
                chains: &[
                    chain("main", &["A begins", "C ends"]),
                    chain("io-1", &["I/O fails: refused"]),
                ],
                before: &[],
            },
        ],
        while_io_lasts: Some(("C ends", "I/O ends")),
    };
    // 3 orders each; while the I/O lasts 1, none and 3.
    assert_eq!(pair(LAW), (9, 4));
    let lost = [
        ("io-1", "I/O ends"),
        ("main", "A begins"),
        ("main", "C ends"),
        ("io-1", "result lost"),
    ];
    assert!(LAW.check(&lost).is_ok());
    let broken = LAW.check_while_io_lasts(&lost).unwrap_err();
    assert_eq!(broken.why(), "'I/O ends' came before 'C ends'");
}

#[test]
fn a_broken_order_is_named_and_its_events_are_numbered() {
    let order = [
        ("main", "A begins"),
        ("main", "B begins"),
        ("main", "A leaves"),
        ("main", "B ends"),
        ("io-1", "I/O begins"),
        ("main", "C begins"),
        ("main", "C ends"),
        ("io-1", "I/O ends"),
        ("io-1", "callback begins"),
        ("io-1", "\"io result\""),
        ("io-1", "callback ends"),
    ];
    assert_eq!(
        CALLBACK.check(&order).unwrap_err().to_string(),
        "\
'B begins' came before 'A leaves'
    1  main  A begins
>   2  main  B begins
>   3  main  A leaves
    4  main  B ends
    5  io-1  I/O begins
    6  main  C begins
    7  main  C ends
    8  io-1  I/O ends
    9  io-1  callback begins
   10  io-1  \"io result\"
   11  io-1  callback ends"
    );
}

#[test]
fn an_edge_between_chains_is_held_too() {
    let law = one(
        &[chain("main", &["a"]), chain("io-1", &["b"])],
        &[("a", "b")],
    );
    assert!(law.check(&[("main", "a"), ("io-1", "b")]).is_ok());
    let broken = law.check(&[("io-1", "b"), ("main", "a")]).unwrap_err();
    assert_eq!(broken.why(), "'b' came before 'a'");
}

#[test]
fn missing_and_surplus_events_are_told_against_the_nearest_outcome() {
    let order = [("main", "A begins"), ("main", "A begins"), ("io-2", "x")];
    let law = one(&[chain("main", &["A begins", "A ends"])], &[]);
    assert_eq!(
        law.check(&order).unwrap_err().why(),
        "missing: 'A ends' on main; too many: 'x' on io-2, 'A begins' on main (outcome 'only')"
    );
    // An event on the wrong thread is another event.
    let wrong = [("main", "A begins"), ("io-1", "A ends")];
    assert_eq!(
        law.check(&wrong).unwrap_err().why(),
        "missing: 'A ends' on main; too many: 'A ends' on io-1 (outcome 'only')"
    );
}

#[test]
fn events_of_the_same_text_are_told_apart_by_thread_and_number() {
    const CHAINS: &[Chain] = &[chain("1", &["x", "x"]), chain("2", &["x", "a: b"])];
    // A text with a colon is found as it is; `2: a: b` finds it too.
    let law = one(CHAINS, &[("2: x", "1: x #2"), ("a: b", "1: x #2")]);
    let lawful = [("1", "x"), ("2", "x"), ("2", "a: b"), ("1", "x")];
    assert!(law.check(&lawful).is_ok());
    assert_eq!(law.orders(), 3);
    assert_eq!(one(CHAINS, &[("2: a: b", "1: x #2")]).orders(), 3);
    let broken = [("1", "x"), ("2", "x"), ("1", "x"), ("2", "a: b")];
    assert!(law.check(&broken).is_err());
}

#[test]
fn a_law_that_makes_no_sense_is_refused_by_name() {
    let message = |law: Law| {
        let panic = catch_unwind(|| law.orders()).unwrap_err();
        panic.downcast_ref::<String>().unwrap().clone()
    };
    const AB: &[Chain] = &[chain("1", &["a", "b"]), chain("2", &["c", "d"])];
    assert_eq!(
        message(one(AB, &[("a", "e")])),
        "outcome 'only' has no event named 'e'"
    );
    assert_eq!(
        message(one(AB, &[("a #2", "c")])),
        "outcome 'only' has no event named 'a #2'"
    );
    assert_eq!(
        message(one(AB, &[("b", "c"), ("d", "a")])),
        "outcome 'only' goes in a circle: 'a' before 'b' before 'c' before 'd' before 'a'"
    );
    assert_eq!(
        message(one(AB, &[("a", "a")])),
        "outcome 'only' goes in a circle: 'a' before 'a'"
    );
    assert_eq!(
        message(one(
            &[chain("1", &["x"]), chain("2", &["x"])],
            &[("x", "x")]
        )),
        "'x' is told by 1 and by 2 in outcome 'only': write '1: x' or '2: x'"
    );
    let twice = Law {
        outcomes: vec![CALLBACK.outcomes[0]; 2].leak(),
        while_io_lasts: None,
    };
    assert_eq!(
        message(twice),
        "outcomes 'called back' and 'called back' have the same events"
    );
    let unknown = Law {
        while_io_lasts: Some(("D ends", "I/O ends")),
        ..CALLBACK
    };
    assert_eq!(
        message(unknown),
        "no outcome has both 'D ends' and 'I/O ends'"
    );
}

/// Small random laws against every permutation: the count and the checker must agree with it.
#[test]
fn counting_and_checking_agree_with_listing_every_permutation() {
    const NAMES: [&[&str]; 3] = [&["a", "b", "c"], &["d", "e", "f"], &["g", "h", "i"]];
    const THREADS: [&str; 3] = ["1", "2", "3"];
    let mut seed = 1_u64;
    let mut random = |below: usize| {
        seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1);
        (seed >> 33) as usize % below
    };
    for _ in 0..200 {
        let mut chains = Vec::new();
        for (thread, names) in THREADS.iter().zip(NAMES) {
            chains.push(chain(thread, &names[..random(4)]));
        }
        while chains.iter().map(|c| c.events.len()).sum::<usize>() > 6 {
            chains.pop();
        }
        let events: Vec<(&str, &str)> = chains
            .iter()
            .flat_map(|c| c.events.iter().map(|e| (c.thread, *e)))
            .collect();
        // Edges that follow one order of all events cannot go in a circle.
        let mut order = events.clone();
        order.sort_by_key(|(_, what)| (what.as_bytes()[0] - b'a') % 3);
        let mut before = Vec::new();
        for _ in 0..random(4) {
            let (i, j) = (random(8), random(8));
            if i < j && j < order.len() {
                before.push((order[i].1, order[j].1));
            }
        }
        let law = one(&chains, &before);
        let mut lawful = 0;
        permutations(&mut events.clone(), 0, &mut |order| {
            let at = |what: &str| order.iter().position(|e| e.1 == what).unwrap();
            let in_chains = events
                .windows(2)
                .all(|w| w[0].0 != w[1].0 || at(w[0].1) < at(w[1].1));
            let expected = in_chains && before.iter().all(|(a, b)| at(a) < at(b));
            assert_eq!(law.check(order).is_ok(), expected, "{order:?}");
            lawful += u128::from(expected);
        });
        assert_eq!(law.orders(), lawful);
    }
}

fn permutations<T>(items: &mut [T], from: usize, each: &mut impl FnMut(&[T])) {
    if from == items.len() {
        return each(items);
    }
    for i in from..items.len() {
        items.swap(from, i);
        permutations(items, from + 1, each);
        items.swap(from, i);
    }
}

/// On one thread nobody is interrupted: what happens in one step finds its place before or after others, not among them.
#[test]
fn outcomes_with_the_same_events_are_one_order_each() {
    const STEPS: Law = Law {
        outcomes: &[
            Outcome {
                name: "the reply comes last",
                chains: &[chain(
                    "main",
                    &["A begins", "B begins", "I/O ends", "A ends"],
                )],
                before: &[],
            },
            Outcome {
                name: "it comes before B",
                chains: &[chain(
                    "main",
                    &["A begins", "I/O ends", "A ends", "B begins"],
                )],
                before: &[],
            },
        ],
        while_io_lasts: Some(("B begins", "I/O ends")),
    };
    assert_eq!((STEPS.orders(), STEPS.orders_while_io_lasts()), (2, 1));
    let told = |order: [&'static str; 4]| order.map(|what| ("main", what));
    let last = told(["A begins", "B begins", "I/O ends", "A ends"]);
    let before = told(["A begins", "I/O ends", "A ends", "B begins"]);
    assert_eq!((STEPS.check(&last), STEPS.check(&before)), (Ok(()), Ok(())));
    assert_eq!(STEPS.check_while_io_lasts(&last), Ok(()));
    assert!(STEPS.check_while_io_lasts(&before).is_err());
    let among = told(["A begins", "I/O ends", "B begins", "A ends"]);
    let broken = STEPS.check(&among).unwrap_err();
    assert_eq!(broken.why(), "'I/O ends' came before 'B begins'");
}
