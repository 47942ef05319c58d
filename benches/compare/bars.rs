//! The same figures as bars: an SVG that is light or dark as its reader is.

use crate::Found;
use crate::matrix::{groups, parts};
use crate::ratio::{Row, figure};
use crate::record::{Kind, Unit};

const STYLE: &str = include_str!("style.css");

const WIDTH: f64 = 830.0;
const MARGIN: f64 = 16.0;
/// Where bars begin, and how long the longest is.
const BARS: f64 = 320.0;
const LONGEST: f64 = 380.0;
const LINE: f64 = 26.0;
const BAR: f64 = 14.0;

/// A bar so many times longer than the longest of ours is cut: else ours could not be seen.
const CUT: f64 = 8.0;

/// The bars of a question. Of rows that belong together, the last.
pub(crate) fn svg(one: &Found) -> String {
    let lines = &one.record.lines;
    let alone = lines.iter().all(|line| line.kind == Kind::Ours);
    let rows: Vec<Row<'_>> = if alone {
        groups(lines)
            .into_iter()
            .filter_map(|(_, mut rows)| rows.pop())
            .collect()
    } else {
        Row::all(lines)
    };
    let mut body = String::new();
    let mut y = MARGIN + LINE / 2.0;
    body += &text("title ink", MARGIN, y, "start", one.title);
    y += LINE;
    if !alone {
        body += &legend(y);
        y += LINE;
    }
    for row in &rows {
        y += LINE / 3.0;
        let unit = match row.unit() {
            Unit::CpuTime => ", CPU time",
            _ => "",
        };
        let name = if alone {
            heading(row.name)
        } else {
            row.name.to_owned()
        };
        body += &text("row ink", MARGIN, y, "start", &format!("{name}{unit}"));
        y += LINE;
        body += &bars(row, &mut y);
    }
    y += MARGIN / 2.0;
    body += &text("soft about", MARGIN, y, "start", &one.record.about);
    let height = y + LINE;
    let (narrow, small) = narrow(&rows, &one.record.about);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"bars\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" \
        aria-label=\"{}\">\n<style>\n{STYLE}@media (max-width:560px){{\n.bars .title{{font-size:23px}}\n\
        .bars,.bars .row{{font-size:{narrow}px}}\n.bars .about,.bars .why{{font-size:{small}px}}\n}}\n</style>\n\
        <rect class=\"card\" x=\"0.5\" y=\"0.5\" width=\"{}\" height=\"{}\" rx=\"8\"/>\n{body}</svg>\n",
        escape(one.title),
        WIDTH - 1.0,
        height - 1.0,
    )
}

/// `until A is served: 10 at once` as `until A is served, 10 at once`.
fn heading(name: &str) -> String {
    let (group, last) = parts(name);
    format!("{group}, {last}")
}

fn legend(y: f64) -> String {
    let mut legend = String::new();
    let mut x = MARGIN;
    for (kind, words) in [
        (Kind::Ours, "ours"),
        (Kind::Peer, "others"),
        (Kind::Limit, "the limit: nothing around it"),
    ] {
        legend += &rect(kind.name(), x, y, BAR);
        legend += &text("soft", x + BAR + 8.0, y, "start", words);
        x += 130.0;
    }
    legend
}

fn bars(row: &Row<'_>, y: &mut f64) -> String {
    let unit = row.unit();
    let figures = |kind: Option<Kind>| {
        let of = |(one, name): (Kind, &str)| {
            let line = row
                .line(name, unit)
                .filter(|line| !line.passes.is_empty())?;
            (kind.is_none_or(|kind| kind == one)).then(|| figure(line))
        };
        row.contestants()
            .into_iter()
            .filter_map(of)
            .fold(0.0, f64::max)
    };
    // Where there is nobody else, nobody hides anybody.
    let alone = row
        .contestants()
        .iter()
        .all(|(kind, _)| *kind == Kind::Ours);
    let most = figures(None);
    let scale = if alone {
        most
    } else {
        most.min(CUT * figures(Some(Kind::Ours)))
    };
    let mut bars = String::new();
    for (kind, contestant) in row.contestants() {
        bars += &text("ink", MARGIN, *y, "start", contestant);
        let line = row.line(contestant, unit);
        match line {
            Some(line) if !line.passes.is_empty() => {
                let value = figure(line);
                let length = (value / scale).min(1.0) * LONGEST;
                // Seen, however small.
                bars += &rect(kind.name(), BARS, *y, length.max(1.5));
                if value > scale * 1.001 {
                    let x = BARS + LONGEST - 24.0;
                    bars += &format!(
                        "<path class=\"cut\" d=\"M{x} {}l8 {}\"/>\n",
                        *y + BAR,
                        -2.0 * BAR
                    );
                }
                bars += &text("ink figure", WIDTH - MARGIN, *y, "end", &unit.show(value));
            }
            Some(line) => bars += &text("soft why", BARS, *y, "start", &short(&line.why_not)),
            None => {}
        }
        *y += LINE;
    }
    bars
}

/// As much of a reason as there is room for; the table has all of it.
fn short(why: &str) -> String {
    const ROOM: usize = 46;
    if why.chars().count() <= ROOM {
        return why.to_owned();
    }
    let cut: String = why.chars().take(ROOM).collect();
    let words = cut.rsplit_once(' ').map_or(&*cut, |(words, _)| words);
    format!("{} …", words.trim_end_matches([':', ',']))
}

/// The sizes of the letters on a narrow screen, where all is drawn at half its size: as large as there is room for.
fn narrow(rows: &[Row<'_>], about: &str) -> (f64, f64) {
    // A letter is about half as wide as it is high.
    let fit = |room: f64, letters: usize| (room / (0.52 * letters.max(1) as f64)).floor();
    let longest = |rows: &[Row<'_>]| {
        let names = rows.iter().flat_map(|row| row.contestants());
        names.map(|(_, name)| name.chars().count()).max()
    };
    let names = fit(BARS - MARGIN - 8.0, longest(rows).unwrap_or(1));
    let about = fit(WIDTH - 2.0 * MARGIN, about.chars().count());
    (names.clamp(13.0, 20.0), about.clamp(11.0, 18.0))
}

fn rect(class: &str, x: f64, y: f64, width: f64) -> String {
    let top = y - BAR / 2.0;
    format!(
        "<rect class=\"{class}\" x=\"{x}\" y=\"{top}\" width=\"{width:.1}\" height=\"{BAR}\" rx=\"2\"/>\n"
    )
}

fn text(class: &str, x: f64, y: f64, anchor: &str, what: &str) -> String {
    let what = escape(what);
    format!("<text class=\"{class}\" x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\">{what}</text>\n")
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('"', "&quot;")
}
