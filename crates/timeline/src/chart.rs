//! The chart: a lane for each request on each thread, drawn with characters.

use console::measure_text_width;

use crate::line::escape;
use crate::ruler::{Room, Tick, ms};
use crate::scale::{How, Scale};
use crate::spans::{Lane, Plan};
use crate::{Activity, Recording, Style};

/// Draws a recording: a legend, a lane for each request on each thread, and a ruler in
/// milliseconds below. Every line ends with a newline, and none is wider than the style says.
///
/// ```text
/// █ runs   ▒ blocks its thread   ─ suspended   · nothing
/// not to scale
/// A  main  ██──────────────────────────────────────────────···
/// B  main  ····██·············································
/// C  main  ··········██·······································
/// A  io-1  ········▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒████·
/// ms       └0.012      └0.124                         1000.33┘
///                                               1000.304┘
/// ```
///
/// As long as they fit, each event has a column of its own, so that what takes microseconds is
/// seen beside what takes a second; the legend then says that the chart is not to scale. With more
/// events than columns, every column is as long as any other and shows the most that happens in
/// it: running before blocking before being suspended before nothing.
///
/// The labels of the ruler are exact: `└` stands in the column that begins with that time (or, with
/// more events than columns, holds it), `┘` in the last column before it.
///
/// Names that would take too much room are cut in their middle.
#[must_use]
pub fn chart(recording: &Recording, style: Style) -> String {
    let plan = Plan::of(recording);
    let width = style.columns();
    if plan.lanes.is_empty() {
        return "no events\n".to_owned();
    }

    let request = column_width(plan.lanes.iter().map(|l| &*l.request), width / 6);
    let thread = column_width(plan.lanes.iter().map(|l| &*l.thread), width / 4);
    let label = request + 2 + thread + 2;
    let columns = width - label;
    let scale = Scale::new(&plan, columns, 1..=2);

    let mut text = legend(scale.how(), width);
    for (lane, cells) in plan.lanes.iter().zip(rows(&plan, &scale)) {
        let name = format!(
            "{}  {}",
            fit(&lane.request, request),
            fit(&lane.thread, thread)
        );
        text.push_str(&style.paint(&name, &lane.request));
        text.push_str("  ");
        text.push_str(&paint_cells(&cells, lane, style));
        text.push('\n');
    }
    let room = Room {
        mark: 1,
        glyph: 1,
        limit: columns,
    };
    let ticks = scale.ticks(&plan, room);
    for row in ticks.chunk_by(|a, b| a.row == b.row) {
        let unit = if row[0].row == 0 { "ms" } else { "" };
        text.push_str(&format!("{unit:<label$}{}\n", ruler(row)));
    }
    text
}

/// What each lane does in each column.
pub(crate) fn rows(plan: &Plan, scale: &Scale) -> Vec<Vec<Activity>> {
    let mut rows = vec![vec![Activity::Nothing; scale.columns()]; plan.lanes.len()];
    for span in &plan.spans {
        for cell in &mut rows[span.lane][scale.cells(span)] {
            *cell = span.activity.max(*cell);
        }
    }
    rows
}

fn glyph(activity: Activity) -> char {
    match activity {
        Activity::Nothing => '·',
        Activity::Suspended => '─',
        Activity::Blocks => '▒',
        Activity::Runs => '█',
    }
}

fn paint_cells(cells: &[Activity], lane: &Lane, style: Style) -> String {
    let idle = |activity: &Activity| *activity == Activity::Nothing;
    cells
        .chunk_by(|a, b| idle(a) == idle(b))
        .map(|run| {
            let text: String = run.iter().map(|&a| glyph(a)).collect();
            if idle(&run[0]) {
                style.dim(&text)
            } else {
                style.paint(&text, &lane.request)
            }
        })
        .collect()
}

fn legend(how: How, width: usize) -> String {
    let note = match how {
        How::ToScale => "",
        How::Stretched => "not to scale",
        How::Crowded => "to scale, but never under a column",
    };
    let parts = [
        "█ runs",
        "▒ blocks its thread",
        "─ suspended",
        "· nothing",
        note,
    ];
    let mut lines = vec![String::new()];
    for part in parts.into_iter().filter(|part| !part.is_empty()) {
        let line = &mut lines[0];
        if line.is_empty() {
            line.push_str(part);
        } else if measure_text_width(line) + 3 + measure_text_width(part) <= width {
            line.push_str("   ");
            line.push_str(part);
        } else {
            lines.insert(0, part.to_owned());
        }
    }
    lines.iter().rev().map(|line| format!("{line}\n")).collect()
}

fn ruler(ticks: &[Tick]) -> String {
    let mut text = String::new();
    let mut at = 0;
    for tick in ticks {
        let label = ms(tick.at);
        let long = label.chars().count() + 1;
        let (from, mark) = if tick.before {
            (tick.column - long, format!("{label}┘"))
        } else {
            (tick.column, format!("└{label}"))
        };
        text.push_str(&" ".repeat(from - at));
        text.push_str(&mark);
        at = from + long;
    }
    text
}

/// How wide the column of these names is, at most `most`.
fn column_width<'a>(names: impl Iterator<Item = &'a str>, most: usize) -> usize {
    let widest = names.map(|name| measure_text_width(&escape(name))).max();
    widest.unwrap_or(0).clamp(1, most)
}

/// `name`, exactly `width` columns wide, cut if it is wider.
fn fit(name: &str, width: usize) -> String {
    let mut text = cut(&escape(name), width);
    text.push_str(&" ".repeat(width - measure_text_width(&text)));
    text
}

/// `text` without its middle if it is more than `width` columns wide.
pub(crate) fn cut(text: &str, width: usize) -> String {
    if measure_text_width(text) <= width {
        return text.to_owned();
    }
    let head = width / 2;
    let tail = width - 1 - head;
    let back: String = take(text.chars().rev(), tail).chars().rev().collect();
    format!("{}…{back}", take(text.chars(), head))
}

/// As many of these characters as are at most `width` columns wide.
fn take(chars: impl Iterator<Item = char>, width: usize) -> String {
    let mut text = String::new();
    for c in chars {
        text.push(c);
        if measure_text_width(&text) > width {
            text.pop();
            break;
        }
    }
    text
}
