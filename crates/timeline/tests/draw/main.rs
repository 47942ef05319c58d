//! The drawings of a recording: lines, chart, SVG, trace.

mod chart;
mod line;
mod recordings;
mod suspended;
mod svg;
mod trace;
