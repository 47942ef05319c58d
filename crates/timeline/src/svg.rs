//! The drawing for a browser: one SVG file that needs nothing else.

mod frame;
mod labels;
mod lanes;

use std::fmt::Write as _;
use std::ops::Range;

use console::measure_text_width;

use labels::{Labels, Place};
use lanes::xml;

use crate::chart::{cut, rows};
use crate::ruler::ms;
use crate::scale::{How, Scale};
use crate::spans::Plan;
use crate::style::colour_of;
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
