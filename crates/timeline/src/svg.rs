//! The drawing for a browser: one SVG file that needs nothing else.

mod labels;
mod lanes;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::ops::Range;

use console::measure_text_width;

use labels::{Labels, Place};
use lanes::{block, xml};

use crate::chart::{cut, rows};
use crate::scale::{How, Room, Scale, ms};
use crate::spans::Plan;
use crate::style::{COLOURS, colour_of};
use crate::trace::activity;
use crate::{Activity, Event, Recording};

const WIDTH: usize = 720;
const MARGIN: usize = 16;
/// Where the lanes begin.
const TOP: usize = 72;
/// How many columns of the drawing (of about a pixel) one column of a crowded scale takes.
const CELL: usize = 3;
/// More lanes than this are drawn low and without the names of their events.
const TALL_LANES: usize = 16;

/// How wide the name of a request or a thread is written at most, in characters.
const LANE: usize = 12;
/// How wide the name of an event is written in its lane, in characters.
const NAME: usize = 40;

/// The colours of requests: on light, on dark. In the order of the terminal's.
const PALETTE: [(&str, &str); COLOURS] = [
    ("#2469b3", "#6cb0f0"),
    ("#b85c14", "#f0a35e"),
    ("#1f7a5a", "#5fc79a"),
    ("#7d4fa3", "#c09ae0"),
    ("#b3406b", "#ee8fb0"),
    ("#1a7784", "#5fc4d0"),
    ("#85632c", "#d0b070"),
    ("#66702a", "#b3bf6d"),
];

/// Draws a recording as one SVG file, light or dark as the reader's system prefers.
///
/// A lane for each request on each thread: solid where it runs, hatched where it blocks its
/// thread, a thin line while it is suspended. A dot marks each event; its name stands beside it
/// where there is room, and its tooltip says what, when, and which line of source told it. The
/// scale is that of [`chart()`](crate::chart()). On a narrow screen the names of events give way
/// to larger labels.
///
/// The file stays small: when events are too many to stand apart, lanes are drawn in cells of
/// three units, and the events of a lane that would stand closer than six share a mark, whose
/// tooltip names the first three and counts the rest. 10,000 events on 50 lanes take about a
/// megabyte, and more events take no more.
///
/// ```
/// let svg = timeline::svg(&timeline::Recording::default(), "Nothing happens");
/// assert!(svg.starts_with("<svg "));
/// ```
#[must_use]
pub fn svg(recording: &Recording, title: &str) -> String {
    Drawing::new(recording).draw(title)
}

struct Drawing<'a> {
    events: &'a [Event],
    plan: Plan,
    scale: Scale,
    /// How wide a column of the scale is.
    unit: usize,
    plot: Range<usize>,
    /// Where threads are named.
    thread_x: usize,
    tall: bool,
    /// Where the name of each event is written.
    places: Vec<Option<Place>>,
    /// The top of each lane, then the bottom of the last one.
    tops: Vec<usize>,
}

impl<'a> Drawing<'a> {
    fn new(recording: &'a Recording) -> Self {
        let plan = Plan::of(recording);
        let widest = |names: &mut dyn Iterator<Item = &str>| {
            names
                .map(|name| 12 * measure_text_width(&cut(name, LANE)))
                .max()
        };
        let requests = widest(&mut plan.lanes.iter().map(|l| &*l.request));
        let threads = widest(&mut plan.lanes.iter().map(|l| &*l.thread));
        let thread_x = MARGIN + requests.unwrap_or(0) + 10;
        let plot = thread_x + threads.unwrap_or(0) + 14..WIDTH - MARGIN - 4;

        let mut unit = 1;
        let mut scale = Scale::new(&plan, plot.len(), 7..=44);
        if scale.how() == How::Crowded {
            unit = CELL;
            scale = Scale::crowded(&plan, plot.len() / CELL);
        }
        let mut drawing = Self {
            events: &recording.events,
            tall: plan.lanes.len() <= TALL_LANES,
            places: vec![None; recording.events.len()],
            tops: Vec::new(),
            plan,
            scale,
            unit,
            plot,
            thread_x,
        };
        drawing.place_names();
        drawing
    }

    /// Finds room for the names of events, and from that the heights of the lanes.
    fn place_names(&mut self) {
        let mut lanes: Vec<Labels> = Vec::new();
        lanes.resize_with(self.plan.lanes.len(), Labels::default);
        if self.tall && self.unit == 1 {
            for i in 0..self.events.len() {
                let width = 13 * measure_text_width(&cut(&self.events[i].what, NAME)) / 2;
                let lane = self.plan.lane_of[i];
                self.places[i] = lanes[lane].place(self.x(i), width, &self.plot);
            }
        }
        let mut top = TOP;
        for labels in &lanes {
            self.tops.push(top);
            top += match labels.rows_below() {
                _ if !self.tall => 20,
                0 => 38,
                below => 40 + 13 * below,
            };
        }
        self.tops.push(top);
    }

    /// Where an event stands.
    fn x(&self, event: usize) -> usize {
        self.plot.start + self.unit * self.scale.column(&self.plan, event)
    }

    /// The middle of a lane's bar, and its height.
    fn bar(&self, lane: usize) -> (usize, usize) {
        let top = self.tops[lane];
        if self.tall {
            (top + 23, 14)
        } else {
            (top + 10, 12)
        }
    }

    fn draw(&self, title: &str) -> String {
        let mut out = String::new();
        let (ruler, ruler_height) = self.ruler();
        let height = self.tops[self.plan.lanes.len()] + ruler_height + 12;
        _ = write!(
            out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"timeline\" role=\"img\" \
             viewBox=\"0 0 {WIDTH} {height}\">\n<title>{}</title>\n<desc>{}</desc>\n",
            xml(title),
            xml(&self.description()),
        );
        out.push_str(&self.style());
        _ = writeln!(
            out,
            "<rect class=\"card\" x=\".5\" y=\".5\" width=\"{}\" height=\"{}\" rx=\"8\"/>\n\
             <text class=\"title ink\" x=\"{MARGIN}\" y=\"24\">{}</text>",
            WIDTH - 1,
            height - 1,
            xml(&cut(title, 52)),
        );
        if !self.events.is_empty() {
            out.push_str(&self.legend("wide", 7));
            out.push_str(&self.legend("narrow", 11));
        }
        out.push_str(&ruler);
        let cells = match self.scale.how() {
            How::Crowded => rows(&self.plan, &self.scale),
            How::ToScale | How::Stretched => Vec::new(),
        };
        for lane in 0..self.plan.lanes.len() {
            self.draw_lane(&mut out, lane, cells.get(lane));
        }
        out.push_str("</svg>\n");
        out
    }

    /// For those who do not see the picture.
    fn description(&self) -> String {
        let mut text = format!("{} events", self.events.len());
        for event in self.events.iter().take(24) {
            _ = write!(
                text,
                "; {} ms {} {}",
                ms(event.at),
                event.thread,
                event.what
            );
        }
        if self.events.len() > 24 {
            text.push_str("; and so on");
        }
        _ = write!(text, "; over at {} ms.", ms(self.plan.length));
        text
    }

    fn style(&self) -> String {
        let requests = self.plan.lanes.iter().map(|lane| &*lane.request);
        let used: BTreeSet<usize> = requests.filter(|r| !r.is_empty()).map(colour_of).collect();
        let mut text = format!("<style>\n{}", include_str!("svg/style.css"));
        let mut dark = String::new();
        for &n in &used {
            _ = writeln!(text, ".timeline .c{n}{{color:{}}}", PALETTE[n].0);
            _ = write!(dark, ".timeline .c{n}{{color:{}}}", PALETTE[n].1);
        }
        _ = write!(
            text,
            "@media (prefers-color-scheme:dark){{{dark}}}\n</style>\n<defs>\n"
        );
        let classes = used.iter().map(|n| format!("c{n}"));
        for class in classes.chain(["soft".to_owned()]) {
            _ = writeln!(
                text,
                "<pattern id=\"hatch-{class}\" class=\"{class}\" width=\"6\" height=\"6\" \
                 patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">\
                 <rect class=\"tint\" width=\"6\" height=\"6\"/>\
                 <path class=\"hatch\" d=\"M1.5 0v6\"/></pattern>"
            );
        }
        text.push_str("</defs>\n");
        text
    }

    fn legend(&self, class: &str, glyph: usize) -> String {
        let mut out = format!("<g class=\"legend soft {class}\">\n");
        let mut x = MARGIN;
        for doing in [Activity::Runs, Activity::Blocks, Activity::Suspended] {
            let words = activity(doing);
            out.push_str(&block(doing, "soft", x..x + 24, (50, 12), None));
            _ = writeln!(out, "<text x=\"{}\" y=\"50\">{words}</text>", x + 31);
            x += 31 + glyph * words.len() + 18;
        }
        let note = match self.scale.how() {
            How::Stretched => "not to scale",
            How::ToScale | How::Crowded => "to scale",
        };
        let end = WIDTH - MARGIN;
        _ = writeln!(
            out,
            "<text x=\"{end}\" y=\"50\" text-anchor=\"end\">{note}</text>\n</g>"
        );
        out
    }

    /// Lines and times, for wide and for narrow screens, and how much height the times take.
    fn ruler(&self) -> (String, usize) {
        let (from, bottom) = (self.plot.start, self.tops[self.plan.lanes.len()]);
        let mut out = String::new();
        let mut most = 0;
        if self.events.is_empty() {
            let y = bottom + 16;
            _ = writeln!(
                out,
                "<text class=\"soft\" x=\"{MARGIN}\" y=\"{y}\">no events</text>"
            );
            return (out, 24);
        }
        for (class, glyph, high) in [("wide", 7, 15), ("narrow", 12, 23)] {
            let per = |pixels: usize| pixels.div_ceil(self.unit);
            let room = Room {
                mark: per(6),
                glyph: per(glyph),
                limit: self.plot.len() / self.unit,
            };
            _ = writeln!(out, "<g class=\"time soft {class}\">");
            for tick in self.scale.ticks(&self.plan, room) {
                let x = from + self.unit * tick.column;
                let (text, anchor) = if tick.before {
                    (x - 4, "end")
                } else {
                    (x + 4, "start")
                };
                let y = bottom + high * tick.row + high / 2 + 4;
                _ = writeln!(
                    out,
                    "<path class=\"grid\" d=\"M{x} {TOP}V{}\"/>\
                     <text x=\"{text}\" y=\"{y}\" text-anchor=\"{anchor}\">{}</text>",
                    y + 5,
                    ms(tick.at),
                );
                most = most.max(high * (tick.row + 1));
            }
            let y = bottom + high / 2 + 4;
            _ = writeln!(out, "<text x=\"{MARGIN}\" y=\"{y}\">ms</text>\n</g>");
        }
        (out, most)
    }

    fn draw_lane(&self, out: &mut String, lane: usize, crowd: Option<&Vec<Activity>>) {
        let (middle, _) = self.bar(lane);
        let names = &self.plan.lanes[lane];
        let class = match &*names.request {
            "" => "soft".to_owned(),
            request => format!("c{}", colour_of(request)),
        };
        let size = if self.tall { "" } else { " compact" };
        _ = writeln!(
            out,
            "<g class=\"{class}{size}\">\n\
             <text class=\"lane request\" x=\"{MARGIN}\" y=\"{middle}\">{}</text>\
             <text class=\"lane soft\" x=\"{}\" y=\"{middle}\">{}</text>\
             <path class=\"idle\" d=\"M{} {middle}H{}\"/>",
            xml(&cut(&names.request, LANE)),
            self.thread_x,
            xml(&cut(&names.thread, LANE)),
            self.plot.start,
            self.plot.start + self.unit * self.scale.columns(),
        );
        match crowd {
            Some(cells) => self.draw_crowd(out, cells, lane, &class),
            None => self.draw_spans(out, lane, &class),
        }
        out.push_str("</g>\n");
    }
}
