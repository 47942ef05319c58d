//! One event as one line of text, and back.

use std::fmt::Write as _;
use std::time::Duration;

use crate::ruler::ms3;
use crate::{Event, Style};

/// One line for one event, without a newline: milliseconds, thread, request, what happened.
///
/// ```text
///     0.103 ms  main   A  A begins
///  1000.274 ms  io-1   A  I/O ends
/// ```
///
/// An empty thread or request is written `-`. What would change a terminal or break the line
/// (control characters, marks that turn the direction of text) is written as in Rust's strings
/// (`\n`, `\u{1b}`), a backslash as `\\`, and so is white space within names; [`parse_line`]
/// reads it back. Nothing is cut: a line can be longer than the style's width.
///
/// ```
/// use timeline::{Event, Style, line};
///
/// let event = Event {
///     at: std::time::Duration::from_micros(103),
///     thread: "main".into(),
///     request: "A".into(),
///     what: "A begins".into(),
///     place: None,
/// };
/// let plain = Style { width: 80, colour: false };
/// assert_eq!(line(&event, plain), "    0.103 ms  main   A  A begins");
/// ```
#[must_use]
pub fn line(event: &Event, style: Style) -> String {
    let at = format!("{:>9} ms", ms3(event.at));
    let thread = name(&event.thread);
    let rest = format!("{}  {}", name(&event.request), escape(&event.what));
    format!(
        "{}  {thread:<5}  {}",
        style.dim(&at),
        style.paint(&rest, &event.request)
    )
}

/// The event that [`line()`] wrote as `text`, without colour; its place is not in the line.
///
/// `None` if `text` is not, letter by letter, a line that [`line()`] writes. So
/// `line(&event, plain) == text` for every event returned.
///
/// ```
/// let event = timeline::parse_line("    0.103 ms  main   A  A begins").unwrap();
/// assert_eq!(event.what, "A begins");
/// assert_eq!(timeline::parse_line("A begins"), None);
/// ```
#[must_use]
pub fn parse_line(text: &str) -> Option<Event> {
    let (at, rest) = text.trim_start().split_once(" ms  ")?;
    let (whole, micros) = at.split_once('.')?;
    let whole: u64 = whole.parse().ok()?;
    let micros: u64 = micros.parse().ok()?;
    let (thread, rest) = rest.split_once("  ")?;
    let (request, what) = rest.trim_start_matches(' ').split_once("  ")?;
    let event = Event {
        at: Duration::from_micros(whole.checked_mul(1000)?.checked_add(micros)?),
        thread: parse_name(thread)?.into(),
        request: parse_name(request)?.into(),
        what: unescape(what)?,
        place: None,
    };
    let plain = Style {
        width: 0,
        colour: false,
    };
    (line(&event, plain) == text).then_some(event)
}

fn name(text: &str) -> String {
    match text {
        "" => "-".to_owned(),
        "-" => r"\u{2d}".to_owned(),
        _ => escape_if(text, |c| escapes(c) || c.is_whitespace()),
    }
}

fn parse_name(text: &str) -> Option<String> {
    match text {
        "-" => Some(String::new()),
        _ => unescape(text),
    }
}

/// `text` without anything that a terminal would obey.
pub(crate) fn escape(text: &str) -> String {
    escape_if(text, escapes)
}

fn escape_if(text: &str, escapes: impl Fn(char) -> bool) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | '\n' | '\r' | '\t' => safe.extend(c.escape_default()),
            c if escapes(c) => _ = write!(safe, "{}", c.escape_unicode()),
            c => safe.push(c),
        }
    }
    safe
}

/// Control characters, line and paragraph separators, marks that turn the direction of text.
fn escapes(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{feff}')
        || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn unescape(text: &str) -> Option<String> {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        plain.push_str(before);
        let mut chars = after.chars();
        match chars.next()? {
            '\\' => plain.push('\\'),
            'n' => plain.push('\n'),
            'r' => plain.push('\r'),
            't' => plain.push('\t'),
            'u' => {
                let (digits, after) = chars.as_str().strip_prefix('{')?.split_once('}')?;
                plain.push(char::from_u32(u32::from_str_radix(digits, 16).ok()?)?);
                chars = after.chars();
            }
            _ => return None,
        }
        rest = chars.as_str();
    }
    plain.push_str(rest);
    Some(plain)
}
