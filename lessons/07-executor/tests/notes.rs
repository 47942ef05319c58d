//! The notes say what the program does.

use lesson_07_executor::LESSON;

#[allow(dead_code, reason = "it has a `main` of its own")]
#[path = "../examples/frames.rs"]
mod frames;
#[allow(dead_code, reason = "it has a `main` of its own")]
#[path = "../examples/wakers.rs"]
mod wakers;

const NOTES: &str = include_str!("../README.md");

#[test]
fn the_notes_hold() {
    let exe = env!("CARGO_BIN_EXE_07-executor");
    lesson::notes::check(&LESSON, exe, env!("CARGO_MANIFEST_DIR"));
}

/// What the notes quote of a command, up to the end of the block.
fn quoted(command: &str) -> &str {
    let (_, rest) = NOTES
        .split_once(&format!("```text\n$ {command}\n"))
        .expect(command);
    rest.split_once("```").expect("an end").0
}

#[test]
fn the_notes_quote_what_the_explorer_says_of_the_wakers() {
    let quoted = quoted("cargo run -p lesson-07-executor --example wakers");
    assert_eq!(quoted, wakers::report());
}

#[test]
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
fn the_notes_quote_what_the_frames_take() {
    let quoted = quoted("cargo run -p lesson-07-executor --example frames");
    assert_eq!(quoted, frames::report());
}
