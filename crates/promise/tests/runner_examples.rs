//! The examples do what they say. Rows D8 and D9.

#[path = "../examples/interleaving.rs"]
mod interleaving;
#[path = "../examples/looping.rs"]
mod looping;

#[test]
fn d8_what_is_started_early_and_waited_for_late_runs_meanwhile() {
    let expected = [
        // A period is a minute and the work.
        (
            "minute_loop",
            vec!["   0 s  works", "  65 s  works", " 130 s  works"],
        ),
        // A period is a minute.
        (
            "minute_loop2",
            vec!["   0 s  works", "  60 s  works", " 120 s  works"],
        ),
        // Each chunk is fetched while the one before is flushed: 3 s a round, not 3 + 2.
        (
            "fetch_next_chunk",
            vec![
                "   3 s  fetched 0",
                "   5 s  flushed 0",
                "   6 s  fetched 1",
                "   8 s  flushed 1",
                "   9 s  fetched 2",
                "  11 s  flushed 2",
                "  12 s  end of file",
            ],
        ),
    ];
    let stories = interleaving::stories().unwrap();
    for ((name, lines), (expected_name, expected)) in stories.iter().zip(expected) {
        assert_eq!(
            (*name, lines),
            (
                expected_name,
                &expected.iter().map(ToString::to_string).collect()
            )
        );
    }
    assert_eq!(stories.len(), 3);
}

#[test]
fn d9_the_condition_of_a_loop_may_wait() {
    assert_eq!(looping::story().unwrap(), ["Ada", "Barbara", "Grace"]);
}
