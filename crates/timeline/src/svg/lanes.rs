//! What stands in a lane of the SVG: its blocks, its events and their names.

use std::fmt::Write as _;
use std::ops::Range;

use super::{Drawing, NAME};
use crate::chart::cut;
use crate::line::escape;
use crate::ruler::{ms, ms3};
use crate::trace::activity;
use crate::{Activity, Event};

/// How many events of a crowded mark are named in its tooltip.
const NAMED: usize = 3;

impl Drawing<'_> {
    /// Each span that is more than a moment, each event, and the names that found room.
    pub(super) fn draw_spans(&self, out: &mut String, lane: usize, class: &str) {
        let (middle, high) = self.bar(lane);
        let spans = self.plan.spans.iter().filter(|span| span.lane == lane);
        // The dot of its event shows a moment well enough.
        for span in spans.filter(|span| span.first < span.end) {
            let cells = self.scale.cells(span);
            let x = self.plot.start + cells.start..self.plot.start + cells.end;
            let words = activity(span.activity);
            let tip = format!("{words}, {} to {} ms", ms(span.from), ms(span.to));
            out.push_str(&block(span.activity, class, x, (middle, high), Some(&tip)));
            out.push('\n');
        }
        for (i, event) in self.of_lane(lane) {
            let x = self.x(i);
            if let Some(place) = self.places[i] {
                let y = match place.row {
                    0 => middle - 16,
                    row => middle + 4 + 13 * row,
                };
                if place.row > 1 {
                    _ = write!(out, "<path class=\"hang\" d=\"M{x} {middle}V{y}\"/>");
                }
                let deep = place.row > 1;
                let (from, anchor) = match place.before {
                    false if deep => (x + 4, "start"),
                    false => (x - 3, "start"),
                    true if deep => (x - 4, "end"),
                    true => (x + 3, "end"),
                };
                let anchor = if anchor == "end" {
                    " text-anchor=\"end\""
                } else {
                    ""
                };
                _ = writeln!(
                    out,
                    "<text class=\"event ink\" x=\"{from}\" y=\"{y}\"{anchor}>{}</text>",
                    xml(&cut(&event.what, NAME)),
                );
            }
            _ = writeln!(
                out,
                "<circle class=\"dot\" cx=\"{x}\" cy=\"{middle}\" r=\"4\"><title>{}</title></circle>",
                xml(&tooltip(event)),
            );
        }
    }

    /// Cells instead of spans, and marks that several events may share.
    pub(super) fn draw_crowd(
        &self,
        out: &mut String,
        cells: &[Activity],
        lane: usize,
        class: &str,
    ) {
        let (middle, high) = self.bar(lane);
        let mut x = self.plot.start;
        for run in cells.chunk_by(|a, b| a == b) {
            let end = x + self.unit * run.len();
            if run[0] != Activity::Nothing {
                out.push_str(&block(run[0], class, x..end, (middle, high), None));
                out.push('\n');
            }
            x = end;
        }
        let events: Vec<(usize, &Event)> = self.of_lane(lane).collect();
        let mark = |i: usize| (self.x(i) - self.plot.start) / (2 * self.unit);
        for near in events.chunk_by(|a, b| mark(a.0) == mark(b.0)) {
            let x = self.x(near[0].0);
            let y = middle + high / 2;
            let mut tips: Vec<String> = near
                .iter()
                .take(NAMED)
                .map(|e| cut(&tooltip(e.1), 120))
                .collect();
            if near.len() > NAMED {
                tips.push(format!("and {} more", near.len() - NAMED));
            }
            _ = writeln!(
                out,
                "<path class=\"rug\" d=\"M{x} {y}v3\"><title>{}</title></path>",
                tips.iter()
                    .map(|tip| xml(tip))
                    .collect::<Vec<_>>()
                    .join("\n"),
            );
        }
    }

    fn of_lane(&self, lane: usize) -> impl Iterator<Item = (usize, &Event)> {
        let mine = move |(i, _): &(usize, &Event)| self.plan.lane_of[*i] == lane;
        self.events.iter().enumerate().filter(mine)
    }
}

/// What the tooltip of an event says: what, when, where.
fn tooltip(event: &Event) -> String {
    let mut text = format!("{}, {} ms on {}", event.what, ms3(event.at), event.thread);
    if let Some(place) = event.place {
        _ = write!(text, ", {}:{}", place.file(), place.line());
    }
    text
}

/// A stretch of one activity: from `x.start` to `x.end`, around the height `middle`.
pub(super) fn block(
    doing: Activity,
    class: &str,
    x: Range<usize>,
    (middle, high): (usize, usize),
    tip: Option<&str>,
) -> String {
    let tip = tip.map(|tip| format!("<title>{}</title>", xml(tip)));
    let (kind, y, high, more) = match doing {
        Activity::Suspended => ("suspended", middle - 1, 2, String::new()),
        Activity::Blocks => {
            let fill = format!(" fill=\"url(#hatch-{class})\"");
            ("blocks", middle - high / 2, high, fill)
        }
        Activity::Runs | Activity::Nothing => ("runs", middle - high / 2, high, String::new()),
    };
    let rect = format!(
        "<rect class=\"{kind}\" x=\"{}\" y=\"{y}\" width=\"{}\" height=\"{high}\"{more}",
        x.start,
        x.len(),
    );
    match tip {
        Some(tip) => format!("{rect}>{tip}</rect>"),
        None => format!("{rect}/>"),
    }
}

/// Text for XML: what has a meaning there, and what may not stand there, escaped.
pub(super) fn xml(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in escape(text).chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\u{fffe}' | '\u{ffff}' => safe.push('\u{fffd}'),
            c => safe.push(c),
        }
    }
    safe
}
