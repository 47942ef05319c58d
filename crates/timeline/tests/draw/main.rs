//! The drawings of a recording: lines, chart, SVG, trace.

mod chart;
mod line;
mod recordings;
mod svg;
mod trace;
