//! The notes say what the program does.

use lesson_02_callback::LESSON;

#[test]
fn the_notes_hold() {
    let exe = env!("CARGO_BIN_EXE_02-callback");
    lesson::notes::check(&LESSON, exe, env!("CARGO_MANIFEST_DIR"));
}

/// Planted: each of these would make the notes false.
#[test]
fn notes_that_do_not_hold_are_caught() {
    let folder = env!("CARGO_MANIFEST_DIR");
    let notes = std::fs::read_to_string(format!("{folder}/README.md")).unwrap();
    let mistakes = [
        (
            "pub fn on_reply(reply: String)",
            "pub fn on_reply(text: String)",
        ), // a quote
        ("A begins → A leaves", "A leaves → A begins"), // the law
        (
            "and    A begins → I/O begins\n",
            "and    A begins → I/O begins,  C ends → I/O begins\n",
        ), // a rule too many
        (
            "```rust,ignore\npub fn on_reply",
            "```rust, ignore\npub fn on_answer",
        ), // a quote of nothing
        ("threads                   2", "threads                   3"),
        ("252", "251"),                                                // its count
        ("  A  I/O ends\n", "  A  I/O begins\n"),                      // a run that breaks the law
        ("▒▒▒▒", "▒▒█▒"),                                              // the chart
        ("B waited                  ", "B waited                  9"), // a figure
        ("## Next", "## More"),                                        // a section
        ("../01-blocking/README.md", "../01-blocked/README.md"),       // a link
    ];
    for (true_, false_) in mistakes {
        let altered = notes.replacen(true_, false_, 1);
        assert_ne!(altered, notes, "{true_:?} is not in the notes");
        let held = std::panic::catch_unwind(|| lesson::notes::hold(&LESSON, &altered, folder));
        assert!(held.is_err(), "{false_:?} was not caught");
    }
    lesson::notes::hold(&LESSON, &notes, folder);
}
