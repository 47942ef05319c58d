use std::time::Duration;

use timeline::{Event, Style, line, parse_line};

use crate::recordings::{Numbers, RUNG_3, all_sizes, without_colour};

const PLAIN: Style = Style {
    width: 80,
    colour: false,
};

fn event(thread: &str, request: &str, what: &str) -> Event {
    Event {
        at: Duration::from_micros(1_000_304),
        thread: thread.into(),
        request: request.into(),
        what: what.into(),
        place: None,
    }
}

#[test]
fn a_line_says_when_where_who_what() {
    let told = line(&event("io-1", "A", "I/O ends"), PLAIN);
    assert_eq!(told, " 1000.304 ms  io-1   A  I/O ends");
    let nobody = line(&event("", "", "the loop begins"), PLAIN);
    assert_eq!(nobody, " 1000.304 ms  -      -  the loop begins");
}

#[test]
fn what_comes_from_outside_cannot_command_the_terminal_or_break_the_line() {
    let evil = "\u{1b}[2Jgone\r\n\u{7}\u{9b}31m\u{202e}x\\";
    for colour in [false, true] {
        let event = event("ma in\u{1b}c", "A\n", evil);
        let told = line(&event, Style { width: 80, colour });
        let obeyed = |c: char| c.is_control() || c == '\u{202e}';
        assert!(!without_colour(&told).contains(obeyed), "{told:?}");
        if !colour {
            assert_eq!(parse_line(&told), Some(event));
        }
    }
}

#[test]
fn every_line_reads_back_as_its_event() {
    for recording in all_sizes() {
        for event in &recording.events {
            assert_eq!(parse_line(&line(event, PLAIN)).as_ref(), Some(event));
        }
    }
    for told in RUNG_3.lines().filter(|line| !line.is_empty()) {
        let event = parse_line(told).expect("a line of ours");
        assert_eq!(line(&event, PLAIN), told);
    }
}

#[test]
fn any_text_at_all_reads_back() {
    let letters: Vec<char> = "A -\\{}nu1b \t\n\u{1b}\u{7f}é中\u{2028}\u{a0}.m"
        .chars()
        .collect();
    let mut numbers = Numbers(5);
    let mut text = |most| {
        let length = numbers.below(most);
        let pick = |_| letters[numbers.below(letters.len() as u64) as usize];
        (0..length).map(pick).collect::<String>()
    };
    for _ in 0..3_000 {
        let event = event(&text(4), &text(4), &text(12));
        let told = line(&event, PLAIN);
        assert_eq!(parse_line(&told), Some(event), "{told:?}");
    }
}

#[test]
fn what_we_would_not_write_is_not_read() {
    for text in [
        "",
        "A begins",
        "0.103 ms  main   A  A begins",        // not aligned
        "    0.103 ms  main  A  A begins",     // thread not padded
        "    0.10 ms  main   A  A begins",     // not three decimals
        "    0.103 s  main   A  A begins",     // another unit
        "    0.+03 ms  main   A  A begins",    // not digits
        "    0.103 ms  main   A",              // nothing happened
        "    0.103 ms  main   A  A \u{1b}[2J", // raw control characters
        "    0.103 ms  main   A  A \\q",       // an unknown escape
        "99999999999999999999.000 ms  main   A  A begins", // longer than time
    ] {
        assert_eq!(parse_line(text), None, "{text:?}");
    }
}
