//! The notes say what the program does.

use std::time::Duration;

use lesson_09_tokio::{LESSON, MANY_THREADS};
use timeline::{Event, Recording, Style, chart, line, parse_line};

const NOTES: &str = include_str!("../README.md");

#[test]
fn the_notes_hold() {
    let exe = env!("CARGO_BIN_EXE_09-tokio");
    lesson::notes::check(&LESSON, exe, env!("CARGO_MANIFEST_DIR"));
}

/// A table of two columns of code: the left is lesson 8's, the right is this lesson's.
#[test]
fn the_notes_quote_the_same_lines_of_lesson_8_and_of_this_one() {
    let (_, table) = NOTES
        .split_once("| lesson 8 | here |\n| --- | --- |\n")
        .unwrap();
    let (table, _) = table.split_once("\n\n").unwrap();
    let ours = [
        include_str!("../../08-event-loop/src/lib.rs"),
        include_str!("../../08-event-loop/src/io.rs"),
    ];
    for row in table.lines() {
        let quoted = row.trim_matches(['|', ' ']);
        let (left, right) = quoted.split_once(" | ").expect(row);
        let [left, right] = [left, right].map(|code| code.trim_matches('`'));
        assert!(ours.iter().any(|file| file.contains(left)), "{left}");
        let this = include_str!("../src/lib.rs");
        assert!(this.contains(right), "{right}");
    }
}

/// The run on two threads keeps their law, and the chart is that of its lines.
#[test]
fn the_notes_quote_a_run_on_two_threads() {
    let command = "cargo run -p lesson-09-tokio --example many_threads -- --io 100ms";
    let (_, run) = NOTES
        .split_once(&format!("```text\n$ {command}\n"))
        .expect(command);
    let (run, _) = run.split_once("\n```").expect("an end");
    let (lines, drawn) = run.split_once("\n\n").expect("a chart");
    let (drawn, over) = drawn
        .split_once("\n\nall was over after        ")
        .expect("its length");
    let events: Vec<Event> = lines.lines().map(|l| parse_line(l).expect(l)).collect();
    let style = Style {
        width: 80,
        colour: false,
    };
    for (event, quoted) in events.iter().zip(lines.lines()) {
        assert_eq!(line(event, style), quoted);
    }
    let by_task = events.iter().filter(|event| event.what != "A suspended");
    let by_task: Vec<_> = by_task.map(|e| (&*e.request, &*e.what)).collect();
    MANY_THREADS.law.check(&by_task).unwrap();
    let micros = over.strip_suffix(" ms").expect(over).replace('.', "");
    let recording = Recording {
        length: Duration::from_micros(micros.parse().unwrap()),
        events,
        threads: 3,
        held: None,
    };
    assert_eq!(chart(&recording, style).trim_end(), drawn);
}
