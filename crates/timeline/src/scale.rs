//! Where an event stands in a drawing: time to columns.
//!
//! B and C take microseconds beside an I/O of a second. To scale, they would be invisible.
//! So, as long as they fit, every two neighbouring events stand at least some columns apart,
//! and time has what is left. With more events than fit, columns are time alone.

use std::cmp::Reverse;
use std::collections::HashSet;
use std::ops::{Range, RangeInclusive};
use std::time::Duration;

use crate::spans::{Plan, Span};

/// Time to columns, for one drawing.
#[derive(Debug)]
pub(crate) struct Scale {
    /// The column where each event stands, then the column where the last event's gap ends.
    /// `None` if columns are time alone.
    edges: Option<Vec<usize>>,
    columns: usize,
    length: Duration,
    first: Duration,
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

/// A mark of the ruler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tick {
    /// The column whose left edge it marks; the number of columns for the end.
    pub(crate) column: usize,
    pub(crate) at: Duration,
    /// Whether its label stands before the mark instead of after it.
    pub(crate) before: bool,
    /// 0, or 1 for a label that found no room in the first row.
    pub(crate) row: usize,
}

/// How much room labels take, in columns.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Room {
    /// The mark itself.
    pub(crate) mark: usize,
    /// One character.
    pub(crate) glyph: usize,
    /// No label may reach beyond this column.
    pub(crate) limit: usize,
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
    fn column_at(&self, at: Duration) -> usize {
        let length = self.length.as_micros().max(1);
        let column = at.as_micros() * self.columns as u128 / length;
        (column as usize).min(self.columns - 1)
    }

    /// The marks of a ruler whose labels do not overlap, row by row, from left to right.
    pub(crate) fn ticks(&self, plan: &Plan, room: Room) -> Vec<Tick> {
        let mut placed: Vec<(Tick, Range<usize>, String)> = Vec::new();
        for (n, (column, at)) in self.marks(plan, room).into_iter().enumerate() {
            // Begin, end, and both sides of the longest gap must be told.
            let rows = if n < 4 && self.edges.is_some() { 2 } else { 1 };
            let label = ms(at);
            let end = column == self.columns;
            if !end && placed.iter().any(|(_, _, text)| *text == label) {
                continue;
            }
            let long = room.mark + room.glyph * label.chars().count();
            let fits = |tick: &Tick| {
                let from = if tick.before {
                    column.checked_sub(long)?
                } else {
                    column
                };
                let taken = from..from + long;
                let free = placed.iter().all(|(other, there, _)| {
                    other.row != tick.row
                        || taken.end + room.glyph <= there.start
                        || there.end + room.glyph <= taken.start
                });
                (free && taken.end <= room.limit).then_some(taken)
            };
            let sides = match &self.edges {
                _ if end => &[true][..],
                Some(_) => &[false, true],
                None => &[false],
            };
            let found = (0..rows)
                .flat_map(|row| sides.iter().map(move |&before| (row, before)))
                .map(|(row, before)| Tick {
                    column,
                    at,
                    before,
                    row,
                })
                .find_map(|tick| Some((tick, fits(&tick)?)));
            if let Some((tick, taken)) = found {
                placed.push((tick, taken, label));
            }
        }
        placed.sort_by_key(|(tick, taken, _)| (tick.row, taken.start));
        placed.into_iter().map(|(tick, ..)| tick).collect()
    }

    /// All moments that the ruler could mark, and where, the most telling first.
    fn marks(&self, plan: &Plan, room: Room) -> Vec<(usize, Duration)> {
        let Some(edges) = &self.edges else {
            return self.round_marks(room);
        };
        let begin = if edges[0] == 0 {
            self.first
        } else {
            Duration::ZERO
        };
        let mut marks = vec![(0, begin), (self.columns, self.length)];
        // Then the sides of each gap, the longest first: where time jumps.
        let mut ends = plan.times.clone();
        ends.push(self.length);
        let mut gaps: Vec<usize> = (0..plan.times.len()).collect();
        gaps.sort_by_key(|&i| Reverse(ends[i + 1].saturating_sub(ends[i])));
        for i in gaps {
            marks.extend([(edges[i + 1], ends[i + 1]), (edges[i], ends[i])]);
        }
        let mut seen = HashSet::new();
        marks.retain(|&(column, _)| seen.insert(column));
        marks
    }

    /// Begin, end, and round moments between them, as far apart as their labels need.
    fn round_marks(&self, room: Room) -> Vec<(usize, Duration)> {
        let mut marks = vec![(0, Duration::ZERO), (self.columns, self.length)];
        let moments = self.moments(self.round_step(room));
        marks.extend(moments.map(|at| (self.column_at(at), at)));
        marks
    }

    /// The least step of 1, 2, 5, 10, 20, 50, ... microseconds whose labels have room.
    fn round_step(&self, room: Room) -> u64 {
        let length = self.length.as_micros().max(1);
        let mut decade = 1;
        loop {
            for step in [decade, 2 * decade, 5 * decade] {
                let apart = self.columns as u128 * u128::from(step) / length;
                let long = |glyphs| (room.mark + room.glyph * (glyphs + 1)) as u128;
                // Not worth a look at the labels if not even one digit fits.
                if apart >= long(1) {
                    let widest = self.moments(step).map(|at| ms(at).chars().count()).max();
                    if apart >= long(widest.unwrap_or(1)) {
                        return step;
                    }
                }
            }
            decade *= 10;
        }
    }

    /// The multiples of a step between begin and end.
    fn moments(&self, step: u64) -> impl Iterator<Item = Duration> + use<> {
        let length = self.length.as_micros() as u64;
        (1..length.div_ceil(step)).map(move |i| Duration::from_micros(i * step))
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

/// Milliseconds, exact, as short as can be: `0.103`, `12`.
pub(crate) fn ms(at: Duration) -> String {
    let text = ms3(at);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Milliseconds with three decimals: `0.103`, `12.000`.
pub(crate) fn ms3(at: Duration) -> String {
    let micros = at.as_micros();
    format!("{}.{:03}", micros / 1000, micros % 1000)
}
