//! Where an event stands in a drawing: time to columns.
//!
//! B and C take microseconds beside an I/O of a second. To scale, they would be invisible.
//! So, as long as they fit, every two neighbouring events stand at least some columns apart,
//! and time has what is left. With more events than fit, columns are time alone.

use std::ops::{Range, RangeInclusive};
use std::time::Duration;

use crate::spans::{Plan, Span};

/// Time to columns, for one drawing.
#[derive(Debug)]
pub(crate) struct Scale {
    /// The column where each event stands, then the column where the last event's gap ends.
    /// `None` if columns are time alone.
    pub(crate) edges: Option<Vec<usize>>,
    pub(crate) columns: usize,
    pub(crate) length: Duration,
    pub(crate) first: Duration,
    how: How,
}

/// What a reader has to know about the columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum How {
    /// Each column is as long as any other, and no two events share one.
    ToScale,
    /// Short gaps are drawn too long.
    Stretched,
    /// Each column is as long as any other, and events may share one.
    Crowded,
}

impl Scale {
    /// At most `columns`, and each gap between events `least` columns wide if they fit:
    /// as many as leave a third of all columns to time.
    pub(crate) fn new(plan: &Plan, columns: usize, least: RangeInclusive<usize>) -> Self {
        let mut scale = Self::crowded(plan, columns);
        let events = plan.times.len();
        if events == 0 || events * least.start() > columns {
            return scale;
        }
        let least = (columns * 2 / 3 / events).clamp(*least.start(), *least.end());
        let widths = share(&gaps(plan, least), columns);
        let mut edges: Vec<usize> = Vec::with_capacity(events + 1);
        let mut edge = 0;
        for width in &widths.columns {
            edge += width;
            edges.push(edge);
        }
        scale.edges = Some(edges);
        scale.columns = edge;
        scale.how = if widths.stretched {
            How::Stretched
        } else {
            How::ToScale
        };
        scale
    }

    /// `columns` are time alone; a single one if no time passed.
    pub(crate) fn crowded(plan: &Plan, columns: usize) -> Self {
        Self {
            edges: None,
            columns: if plan.length.is_zero() { 1 } else { columns },
            length: plan.length,
            first: plan.times.first().copied().unwrap_or_default(),
            how: How::Crowded,
        }
    }

    /// How many columns are used.
    pub(crate) fn columns(&self) -> usize {
        self.columns
    }

    pub(crate) fn how(&self) -> How {
        self.how
    }

    /// The column where the event of this index stands.
    pub(crate) fn column(&self, plan: &Plan, event: usize) -> usize {
        match &self.edges {
            Some(edges) => edges[event],
            None => self.column_at(plan.times[event]),
        }
    }

    /// The columns that a span covers, at least one.
    pub(crate) fn cells(&self, span: &Span) -> Range<usize> {
        let (from, to) = match &self.edges {
            Some(edges) => (edges[span.first], edges[span.end]),
            None => {
                let length = self.length.as_micros().max(1);
                let to = (span.to.as_micros() * self.columns as u128).div_ceil(length);
                (self.column_at(span.from), to as usize)
            }
        };
        from..to.max(from + 1)
    }

    /// In a linear scale, the column that holds this moment; the end belongs to the last one.
    pub(crate) fn column_at(&self, at: Duration) -> usize {
        let length = self.length.as_micros().max(1);
        let column = at.as_micros() * self.columns as u128 / length;
        (column as usize).min(self.columns - 1)
    }
}

/// The gaps before, between and after the events: how long, and how many columns at least.
fn gaps(plan: &Plan, least: usize) -> Vec<(u128, usize)> {
    let times = &plan.times;
    let last = times[times.len() - 1];
    let busy = plan.spans.iter().any(|span| span.end == times.len());
    let told = plan
        .spans
        .iter()
        .any(|s| s.first == s.end && s.end + 1 == times.len());
    let after = match plan.length.saturating_sub(last) {
        _ if busy || told => least,
        Duration::ZERO => 0,
        _ => 1,
    };
    let mut gaps = vec![(times[0].as_micros(), 0)];
    for pair in times.windows(2) {
        gaps.push((pair[1].saturating_sub(pair[0]).as_micros(), least));
    }
    gaps.push(((plan.length.saturating_sub(last)).as_micros(), after));
    gaps
}

struct Shares {
    columns: Vec<usize>,
    /// Some gap got more than its share by time.
    stretched: bool,
}

/// Shares columns among gaps by their length, each at least what it asks for.
fn share(gaps: &[(u128, usize)], columns: usize) -> Shares {
    let mut fixed = vec![false; gaps.len()];
    loop {
        let taken: usize = gaps
            .iter()
            .zip(&fixed)
            .filter(|(_, fixed)| **fixed)
            .map(|((_, least), _)| least)
            .sum();
        let room = columns.saturating_sub(taken) as u128;
        let free = || gaps.iter().zip(&fixed).filter(|(_, fixed)| !**fixed);
        let time: u128 = free().map(|((time, _), _)| time).sum();
        let short: Vec<bool> = gaps
            .iter()
            .map(|&(long, least)| least > 0 && long * room < least as u128 * time || time == 0)
            .collect();
        if !short
            .iter()
            .zip(&fixed)
            .any(|(short, fixed)| *short && !fixed)
        {
            let mut before = 0;
            let columns = gaps
                .iter()
                .zip(&fixed)
                .map(|(&(long, least), fixed)| {
                    if *fixed {
                        return least;
                    }
                    let from = before * room / time;
                    before += long;
                    (before * room / time - from) as usize
                })
                .collect();
            let stretched = gaps
                .iter()
                .zip(&fixed)
                .any(|((_, least), fixed)| *fixed && *least > 0);
            return Shares { columns, stretched };
        }
        for (fixed, short) in fixed.iter_mut().zip(short) {
            *fixed |= short;
        }
    }
}
