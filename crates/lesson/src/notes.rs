//! For tests: holds a lesson's notes to the program that they speak of.

use std::collections::HashSet;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use timeline::{Event, Recording, Style, chart, line, parse_line};

use crate::facts::Facts;
use crate::stack::Stack;
use crate::{Lesson, Outcome};

/// The sections of every lesson's notes, in this order.
const SECTIONS: [&str; 8] = [
    "What you will see",
    "The program",
    "What happened",
    "What a function must remember while it waits",
    "The law",
    "The flaw: make it happen yourself",
    "Left out, on purpose",
    "Next",
];

/// Runs are quoted as a terminal of 80 columns without colour shows them.
const STYLE: Style = Style {
    width: 80,
    colour: false,
};

/// Holds `README.md` in `folder` to the lesson:
///
/// - it has the sections that every lesson has, in their order;
/// - each `rust,ignore` block stands in the file named on the line before it, letter by letter;
/// - the law is the one that is proved, and the run is one that keeps it;
/// - chart and figures of the run are what the recorder makes of its lines;
/// - its links lead to files.
///
/// With `BLESS=1` in the environment, it first runs `exe` and puts that run in place of the one quoted.
///
/// # Panics
///
/// If something does not hold. The message names it.
pub fn check(lesson: &Lesson, exe: &str, folder: &str) {
    let path = Path::new(folder).join("README.md");
    let notes = fs::read_to_string(&path).expect("the notes");
    if std::env::var_os("BLESS").is_some_and(|it| it == "1") {
        // With a flag: without one a lesson may have more to show than the run.
        let output = Command::new(exe).args(["--io", "1s"]).output();
        let output = output.expect("the lesson's program");
        assert!(output.status.success());
        let run = String::from_utf8(output.stdout).expect("UTF-8");
        let (before, _, after) = run_in(lesson, &notes);
        let blessed = format!("{before}{run}{after}");
        fs::write(&path, blessed).expect("notes that can be written");
        return;
    }
    hold(lesson, &notes, folder);
}

/// What [`check`] asks of the notes, for notes that are at hand.
///
/// # Panics
///
/// As [`check`].
pub fn hold(lesson: &Lesson, notes: &str, folder: &str) {
    sections(notes);
    quotes(notes, Path::new(folder));
    links(notes, Path::new(folder));
    let law = notes.split("\n## ").find(|s| s.starts_with("The law"));
    let law = law.expect("the section on the law");
    let quoted: Vec<&str> = law
        .split("```text\n")
        .skip(1)
        .filter_map(|rest| rest.split("\n```").next())
        .collect();
    let said: Vec<String> = lesson.law.outcomes.iter().map(in_words).collect();
    assert_eq!(quoted, said, "the law in the notes and in the program");
    for count in [lesson.law.orders(), lesson.law.orders_while_io_lasts()] {
        let has = law
            .split(|c: char| !c.is_ascii_digit())
            .any(|n| n == count.to_string());
        let one = count == 1 && law.contains("has one order");
        assert!(has || one, "the section on the law does not say {count}");
    }
    run(lesson, run_in(lesson, notes).1);
}

fn sections(notes: &str) {
    let headings = notes.lines().filter_map(|line| line.strip_prefix("## "));
    // A lesson may have more, in between.
    let found: Vec<&str> = headings.filter(|it| SECTIONS.contains(it)).collect();
    assert_eq!(found, SECTIONS, "the sections of the notes");
    assert!(
        notes.contains("to read."),
        "the notes do not say how long they take"
    );
}

fn quotes(notes: &str, folder: &Path) {
    let lines: Vec<&str> = notes.lines().collect();
    let mut quoted = 0;
    for (at, _) in lines
        .iter()
        .enumerate()
        .filter(|(_, l)| l.starts_with("```") && l.contains("ignore"))
    {
        // What the macro writes stands in no file; its own crate holds it to that.
        if lines[at - 1].starts_with("<!-- expansion of ") {
            continue;
        }
        let source = lines[at - 2];
        let name = source
            .strip_prefix("From [`")
            .and_then(|rest| rest.split('`').next());
        let name = name.unwrap_or_else(|| panic!("line {}: a quote of what file?", at + 1));
        let anchor = source.rsplit('`').nth(1).expect("an anchor in backticks");
        let file = fs::read_to_string(folder.join(name)).expect(name);
        let end = lines[at + 1..]
            .iter()
            .position(|l| *l == "```")
            .expect("an end")
            + at
            + 1;
        let quote = lines[at + 1..end].join("\n");
        assert!(
            quote.contains(anchor),
            "line {}: no `{anchor}` in the quote",
            at + 1
        );
        let whole = format!("\n{file}").contains(&format!("\n{quote}\n"));
        assert!(whole, "line {}: {name} does not say this:\n{quote}", at + 1);
        quoted += 1;
    }
    assert!(quoted > 0, "notes that quote nothing");
}

fn links(notes: &str, folder: &Path) {
    for link in notes
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next())
    {
        let file = link.split('#').next().unwrap_or_default();
        let away = link.starts_with("https://") || file.is_empty();
        assert!(
            away || folder.join(file).exists(),
            "a link to nothing: {link}"
        );
    }
}

/// The notes before the run, the run, and the notes after it.
fn run_in<'a>(lesson: &Lesson, notes: &'a str) -> (&'a str, &'a str, &'a str) {
    let begin = format!("```text\n$ cargo run --bin {}\n", lesson.name());
    let at = notes.find(&begin).expect("a run of the lesson") + begin.len();
    let end = notes[at..].find("```").expect("an end of the run") + at;
    (&notes[..at], &notes[at..end], &notes[end..])
}

/// Reads the quoted run back, and draws it again.
fn run(lesson: &Lesson, quoted: &str) {
    let parts: Vec<&str> = quoted.split("\n\n").collect();
    let [lines, drawn, figures] = parts[..] else {
        panic!(
            "a run has lines, a chart and figures, not {} parts",
            parts.len()
        )
    };
    let read = |l: &str| parse_line(l).unwrap_or_else(|| panic!("no line of a run: {l}"));
    let events: Vec<Event> = lines.lines().map(read).collect();
    for (event, quoted) in events.iter().zip(lines.lines()) {
        assert_eq!(line(event, STYLE), quoted);
    }
    let order: Vec<(&str, &str)> = events.iter().map(|e| (&*e.thread, &*e.what)).collect();
    if let Err(broken) = lesson.law.check_while_io_lasts(&order) {
        panic!("the quoted run breaks the law: {broken}");
    }
    let threads: HashSet<&str> = order.iter().map(|(thread, _)| *thread).collect();
    let threads = threads.len();
    let recording = Recording {
        threads,
        events,
        length: Duration::from_micros(figure(figures, "all was over after", 0)),
        held: figures
            .contains("a value of")
            .then(|| figure(figures, "a waiting A is held by", 0) as usize),
    };
    assert_eq!(
        chart(&recording, STYLE).trim_end(),
        drawn,
        "the chart of these lines"
    );
    let stack = figures.contains("KiB").then(|| Stack {
        resident: figure(figures, "a waiting A is held by", 0),
        virt: figure(figures, "a waiting A is held by", 1),
    });
    let again = Facts::of(lesson, &recording, stack, false).for_readers(STYLE.width);
    assert_eq!(
        again,
        format!("{}\n", figures.trim_end()),
        "the figures of these lines"
    );
}

/// The nth number of a figure's text; `1,234` and `1.234` are the number 1234.
fn figure(figures: &str, label: &str, nth: usize) -> u64 {
    let text = figures
        .lines()
        .skip_while(|l| !l.starts_with(label))
        .take(2);
    let text: String = text.collect::<Vec<_>>().join(" ");
    let text = text
        .strip_prefix(label)
        .unwrap_or_else(|| panic!("no figure {label:?}"));
    let numbers = text.split(|c: char| !c.is_ascii_digit() && c != ',' && c != '.');
    let digits = |n: &str| n.chars().filter(char::is_ascii_digit).collect::<String>();
    let mut numbers = numbers.filter_map(|n| digits(n).parse().ok());
    numbers
        .nth(nth)
        .unwrap_or_else(|| panic!("no number in {text:?}"))
}

/// The law as the notes have it: a line for each thread, and one for the order between them.
fn in_words(outcome: &Outcome) -> String {
    let chains = outcome
        .chains
        .iter()
        .map(|c| (c.thread, c.events.join(" → ")));
    let before: Vec<String> = outcome
        .before
        .iter()
        .map(|(a, b)| format!("{a} → {b}"))
        .collect();
    let before = (!before.is_empty()).then(|| ("and", before.join(",  ")));
    let lines = chains.chain(before);
    let lines: Vec<String> = lines
        .map(|(who, what)| format!("{who:<6} {what}"))
        .collect();
    lines.join("\n")
}
