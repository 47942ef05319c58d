//! Recordings to draw: the first three rungs on fixed times, and generated ones.

use std::time::Duration;

use timeline::{Event, Recording, parse_line};

pub(crate) const RUNG_1: &str = r#"
    0.012 ms  main   A  A begins
    0.020 ms  main   A  I/O begins
 1000.304 ms  main   A  I/O ends
 1000.309 ms  main   A  A gets "io result"
 1000.312 ms  main   A  A ends
 1000.320 ms  main   B  B begins
 1000.325 ms  main   B  B ends
 1000.331 ms  main   C  C begins
 1000.333 ms  main   C  C ends
"#;

pub(crate) const RUNG_2: &str = r#"
    0.012 ms  main   A  A begins
    0.101 ms  main   A  A leaves
    0.110 ms  main   B  B begins
    0.113 ms  main   B  B ends
    0.119 ms  io-1   A  I/O begins
    0.121 ms  main   C  C begins
    0.124 ms  main   C  C ends
 1000.304 ms  io-1   A  I/O ends
 1000.309 ms  io-1   A  callback begins
 1000.314 ms  io-1   A  callback gets "io result"
 1000.316 ms  io-1   A  callback ends
"#;

pub(crate) const RUNG_3: &str = r#"
    0.012 ms  main   A  A begins
    0.101 ms  main   A  A suspended
    0.110 ms  main   B  B begins
    0.113 ms  main   B  B ends
    0.119 ms  io-1   A  I/O begins
    0.121 ms  main   C  C begins
    0.124 ms  main   C  C ends
 1000.304 ms  io-1   A  I/O ends
 1000.309 ms  io-1   A  A resumed with "io result"
 1000.316 ms  io-1   A  A leaves
"#;

/// The recording of these lines, over after `length` microseconds.
pub(crate) fn told(lines: &str, length: u64) -> Recording {
    let lines = lines.lines().filter(|line| !line.is_empty());
    let events: Vec<Event> = lines
        .map(|line| parse_line(line).unwrap_or_else(|| panic!("not a line: {line:?}")))
        .collect();
    Recording {
        events,
        threads: 2,
        length: Duration::from_micros(length),
        ..Recording::default()
    }
}

/// Numbers that look random and are the same every time.
pub(crate) struct Numbers(pub(crate) u64);

impl Numbers {
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.0 >> 33) % limit
    }
}

/// `count` events on at most `lanes` lanes; about a quarter of them at the same time as the one
/// before.
pub(crate) fn generated(count: u64, lanes: u64, seed: u64) -> Recording {
    let mut numbers = Numbers(seed);
    let mut at = numbers.below(3);
    let mut events = Vec::new();
    for _ in 0..count {
        at += numbers.below(4) * numbers.below(200);
        let lane = numbers.below(lanes);
        let request = ["A", "B", "C", "D"][(lane % 4) as usize];
        let what = match numbers.below(9) {
            0 => "I/O begins".to_owned(),
            1 => "I/O ends".to_owned(),
            2 => format!("{request} suspended"),
            3 => format!("{request} resumed with \"io result\""),
            4 => format!("{request} leaves"),
            5 => format!("{request} ends"),
            6 => format!("{request} fails: no answer"),
            _ => format!("{request} begins"),
        };
        events.push(Event {
            at: Duration::from_micros(at),
            thread: format!("t-{}", lane / 4).into(),
            request: request.into(),
            what,
            place: None,
        });
    }
    Recording {
        events,
        threads: lanes.div_ceil(4) as usize,
        length: Duration::from_micros(at + numbers.below(2) * 100),
        ..Recording::default()
    }
}

/// Generated recordings of all sizes that matter.
pub(crate) fn all_sizes() -> Vec<Recording> {
    let mut all = vec![Recording::default()];
    for count in [1, 2, 3, 5, 9, 15, 22, 30, 47, 70, 110, 190, 400] {
        for lanes in [1, 3, 50] {
            all.extend((0..2).map(|seed| generated(count, lanes, 1000 * count + seed)));
        }
    }
    all.push(generated(10_000, 50, 1));
    all.push(generated(10_000, 1, 2));
    all
}

/// `text` without the codes that set a colour; any other control character stays.
pub(crate) fn without_colour(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';');
        match digits.strip_prefix('m') {
            Some(rest) => plain.push_str(rest),
            None => plain.extend(["\u{1b}[", part]),
        }
    }
    plain
}
