//! The closing facts of a run: what this rung costs and guarantees.

use crate::run::{Lesson, Waiting, failure};
use crate::stack::Stack;
use std::time::Duration;
use timeline::{Event, Recording};

/// How wide the labels are, with the space behind them.
const LABELS: usize = 26;

/// What a run closes with.
#[derive(Debug)]
pub(crate) struct Facts {
    /// For readers: a label and a text.
    rows: Vec<(&'static str, String)>,
    /// For programs: a name and a value.
    values: Vec<(&'static str, String)>,
}

impl Facts {
    pub(crate) fn of(
        lesson: &Lesson,
        recording: &Recording,
        stack: Option<Stack>,
        panicked: bool,
    ) -> Facts {
        let mut facts = Facts {
            rows: Vec::new(),
            values: vec![("lesson", lesson.name().to_owned())],
        };
        // All three requests are there from the start, so this is how long B waited.
        if let Some(at) = recording.when("B begins") {
            facts.time("B waited", "b_waited_us", at);
        }
        facts.served(recording, panicked);
        facts.time("all was over after", "length_us", recording.length);
        facts.rows.push(("threads", recording.threads.to_string()));
        facts.value("threads", recording.threads);
        facts.orders(lesson.law.orders_while_io_lasts(), lesson.law.orders());
        facts.waiting(lesson.waiting, stack, recording.held);
        facts
            .rows
            .push(("this lesson still cannot", lesson.cannot.to_owned()));
        facts.value("cannot", lesson.cannot);
        facts
    }

    fn value(&mut self, name: &'static str, value: impl ToString) {
        self.values.push((name, value.to_string()));
    }

    fn time(&mut self, label: &'static str, name: &'static str, time: Duration) {
        let micros = time.as_micros();
        let (whole, part) = (micros / 1000, micros % 1000);
        self.rows.push((label, format!("{whole}.{part:03} ms")));
        self.value(name, micros);
    }

    /// A is served when it tells its last event, unless its I/O failed, its reply found nobody, or
    /// the program panicked.
    fn served(&mut self, recording: &Recording, panicked: bool) {
        const LABEL: &str = "A was served after";
        let of_a = || recording.events.iter().filter(|e| &*e.request == "A");
        let lost = |e: &Event| failure(&e.what).is_some() || e.what.ends_with(" lost");
        match of_a().next_back() {
            Some(_) if panicked || of_a().any(lost) => self.rows.push((LABEL, "never".to_owned())),
            Some(last) => self.time(LABEL, "a_served_us", last.at),
            None => {}
        }
    }

    fn orders(&mut self, lasting: u128, free: u128) {
        let text = if lasting == free {
            format!("{}, however long the I/O", thousands(free))
        } else {
            let (lasting, free) = (thousands(lasting), thousands(free));
            format!("{lasting} while the I/O lasts, {free} with its length free")
        };
        self.rows.push(("possible orders", text));
        self.value("orders_lasting", lasting);
        self.value("orders_free", free);
    }

    fn waiting(&mut self, waiting: Waiting, stack: Option<Stack>, held: Option<usize>) {
        let text = match (waiting, stack) {
            (Waiting::Stack, Some(Stack { resident, virt })) => {
                self.value("waiting_resident_bytes", resident * 1024);
                self.value("waiting_virtual_bytes", virt * 1024);
                let virt = thousands(virt.into());
                format!("its thread's stack: {resident} KiB resident, {virt} KiB virtual")
            }
            (Waiting::Stack, None) if cfg!(target_os = "linux") => {
                "its thread's stack (not measured: its I/O did not end)".to_owned()
            }
            (Waiting::Stack, None) => "its thread's stack (not measured on this system)".to_owned(),
            (Waiting::Value, _) => match held {
                Some(bytes) => {
                    self.value("waiting_value_bytes", bytes);
                    format!("a value of {bytes} bytes")
                }
                None => "a value (not measured: nothing was suspended)".to_owned(),
            },
        };
        self.value("waiting", &text);
        self.rows.push(("a waiting A is held by", text));
    }

    /// A label and a text on each line, wrapped to `width` columns.
    pub(crate) fn for_readers(&self, width: usize) -> String {
        let mut text = String::new();
        for (label, what) in &self.rows {
            let mut label = *label;
            for line in wrap(what, width.saturating_sub(LABELS)) {
                text += &format!("{label:<LABELS$}{line}\n");
                label = "";
            }
        }
        text
    }

    /// A name, a tab and a value on each line.
    pub(crate) fn for_programs(&self) -> String {
        let line = |(name, value): &(&str, String)| format!("{name}\t{value}\n");
        self.values.iter().map(line).collect()
    }
}

/// `1234567` as `1,234,567`.
fn thousands(number: u128) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (nth, digit) in digits.chars().enumerate() {
        if nth > 0 && (digits.len() - nth).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Lines of whole words, none wider than `width` unless a word is.
///
/// ```
/// assert_eq!(lesson::wrap("A waits for the reply", 11), ["A waits for", "the reply"]);
/// ```
#[must_use]
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let taken = word.chars().count() + 1;
        match lines.last_mut() {
            Some(line) if line.chars().count() + taken <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Chain, Law, Outcome};

    const LESSON: Lesson = Lesson {
        package: "lesson-02-callback",
        law: Law {
            outcomes: &[Outcome {
                name: "served",
                chains: &[
                    Chain {
                        thread: "main",
                        events: &["A begins", "B begins"],
                    },
                    Chain {
                        thread: "io-1",
                        events: &["I/O begins", "I/O ends"],
                    },
                ],
                before: &[("A begins", "I/O begins")],
            }],
            while_io_lasts: Some(("B begins", "I/O ends")),
        },
        waiting: Waiting::Stack,
        cannot: "keep A in one piece",
    };

    fn recording() -> Recording {
        let event = |at, thread: &str, request: &str, what: &str| Event {
            at: Duration::from_micros(at),
            thread: thread.into(),
            request: request.into(),
            what: what.into(),
            place: None,
        };
        Recording {
            events: vec![
                event(3, "main", "A", "A begins"),
                event(103, "main", "B", "B begins"),
                event(120, "io-1", "A", "I/O begins"),
                event(1_000_274, "io-1", "A", "I/O ends"),
            ],
            threads: 2,
            length: Duration::from_secs(2),
            held: None,
        }
    }

    #[test]
    fn facts_for_readers_are_aligned_and_wrapped() {
        let stack = Stack {
            resident: 20,
            virt: 2048,
        };
        let facts = Facts::of(&LESSON, &recording(), Some(stack), false);
        assert_eq!(
            facts.for_readers(70),
            "\
B waited                  0.103 ms
A was served after        1000.274 ms
all was over after        2000.000 ms
threads                   2
possible orders           2 while the I/O lasts, 3 with its length
                          free
a waiting A is held by    its thread's stack: 20 KiB resident, 2,048
                          KiB virtual
this lesson still cannot  keep A in one piece
"
        );
    }

    #[test]
    fn facts_for_programs_have_a_name_and_a_value_a_line() {
        let lesson = Lesson {
            waiting: Waiting::Value,
            ..LESSON
        };
        let recording = Recording {
            held: Some(48),
            ..recording()
        };
        assert_eq!(
            Facts::of(&lesson, &recording, None, false).for_programs(),
            "\
lesson\t02-callback
b_waited_us\t103
a_served_us\t1000274
length_us\t2000000
threads\t2
orders_lasting\t2
orders_free\t3
waiting_value_bytes\t48
waiting\ta value of 48 bytes
cannot\tkeep A in one piece
"
        );
    }

    #[test]
    fn an_a_whose_reply_failed_or_was_lost_is_not_served() {
        for what in [
            "I/O fails: refused",
            "\"io result\" finds A running and is lost",
        ] {
            let mut recording = recording();
            recording.events[3].what = what.to_owned();
            let facts = Facts::of(&LESSON, &recording, None, false);
            let never = "A was served after        never\n";
            assert!(facts.for_readers(80).contains(never), "{what}");
            assert!(!facts.for_programs().contains("a_served_us"), "{what}");
        }
    }

    #[test]
    fn big_numbers_are_grouped() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (3780, "3,780"),
            (1234567, "1,234,567"),
        ] {
            assert_eq!(thousands(number), text);
        }
    }
}
