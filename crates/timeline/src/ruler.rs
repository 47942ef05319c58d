//! The ruler of a drawing: which columns it marks, so that no label covers another.

use std::cmp::Reverse;
use std::collections::HashSet;
use std::ops::Range;
use std::time::Duration;

use crate::scale::Scale;
use crate::spans::Plan;

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
