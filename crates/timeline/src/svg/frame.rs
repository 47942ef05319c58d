//! What stands around the lanes of the SVG: style, legend, ruler.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::lanes::block;
use super::{Drawing, MARGIN, TOP, WIDTH};
use crate::Activity;
use crate::ruler::{Room, ms};
use crate::scale::How;
use crate::style::{COLOURS, colour_of};
use crate::trace::activity;

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

impl Drawing<'_> {
    /// The style sheet with the colours used, and the hatches.
    pub(super) fn style(&self) -> String {
        let requests = self.plan.lanes.iter().map(|lane| &*lane.request);
        let used: BTreeSet<usize> = requests.filter(|r| !r.is_empty()).map(colour_of).collect();
        let mut text = format!("<style>\n{}", include_str!("style.css"));
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

    /// What the blocks mean, for wide or for narrow screens.
    pub(super) fn legend(&self, class: &str, glyph: usize) -> String {
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
    pub(super) fn ruler(&self) -> (String, usize) {
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
}
