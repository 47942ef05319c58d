//! The notes say what the program does.

use std::time::Duration;

use lesson_08_event_loop::LESSON;

#[allow(dead_code, reason = "it has a `main` of its own")]
#[path = "../examples/turns.rs"]
mod turns;

const NOTES: &str = include_str!("../README.md");

#[test]
fn the_notes_hold() {
    let exe = env!("CARGO_BIN_EXE_08-event-loop");
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
fn the_notes_quote_what_the_loop_does() {
    let quoted = quoted("cargo run -p lesson-08-event-loop --example turns");
    // In the notes in two columns.
    let (mut left, mut right) = (String::new(), String::new());
    for line in quoted.lines() {
        let (one, other) = line.split_once('│').expect("two columns");
        left += &format!("{}\n", one.trim_end());
        right += &format!("{}\n", other.get(1..).unwrap_or_default());
    }
    let quoted = left.trim_end().to_owned() + "\n" + &right;
    assert_eq!(quoted.trim_end(), turns::report().trim_end());
}

/// The run of `blocked` that the notes quote: its chart is that of its lines, and so is what it says of the timer.
#[test]
fn the_notes_quote_a_run_that_blocks() {
    let quoted = quoted("cargo run --release -p lesson-08-event-loop --example blocked");
    let parts: Vec<&str> = quoted.split("\n\n").collect();
    let [lines, drawn, late] = parts[..] else {
        panic!("a run has lines, a chart and a sentence")
    };
    let events: Vec<_> = lines
        .lines()
        .map(|line| timeline::parse_line(line).unwrap())
        .collect();
    let recording = timeline::Recording {
        threads: 1,
        length: events.last().unwrap().at + Duration::from_micros(10),
        events,
        held: None,
    };
    let style = timeline::Style {
        width: 80,
        colour: false,
    };
    let again = timeline::chart(&recording, style);
    let lanes = |text: &str| text.lines().take(4).collect::<Vec<_>>().join("\n");
    assert_eq!(lanes(&again), lanes(drawn), "the chart of these lines");
    let when = |what| recording.when(what).unwrap().as_micros() as f64 / 1e3;
    let said = format!(
        "{:.1} ms too late",
        when("B resumed by its timer") - when("B begins") - 10.0
    );
    assert!(late.contains(&said), "{late} {said}");
}
