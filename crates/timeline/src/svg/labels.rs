//! Where the SVG writes the names of a lane's events, so that none covers another.

use std::ops::Range;

/// The rows of a lane: one above its bar, the others below it.
pub(crate) const ROWS: usize = 4;

/// Where the name of one event is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// 0 is above the bar; 1, 2, 3 go down from below it.
    pub(crate) row: usize,
    /// Whether the name ends at its event instead of beginning there.
    pub(crate) before: bool,
}

/// The names written in one lane so far.
#[derive(Debug, Default)]
pub(crate) struct Labels {
    taken: [Vec<Range<usize>>; ROWS],
}

impl Labels {
    /// A place for a name of this width whose event stands at `x`, within `plot`; `None` if there
    /// is no room left.
    pub(crate) fn place(&mut self, x: usize, width: usize, plot: &Range<usize>) -> Option<Place> {
        let sides = [(0, false), (1, false), (0, true), (1, true)];
        let deeper = (2..ROWS).flat_map(|row| [(row, false), (row, true)]);
        for (row, before) in sides.into_iter().chain(deeper) {
            let from = if before {
                x.checked_sub(width)
            } else {
                Some(x)
            };
            let Some(from) = from.filter(|from| *from >= plot.start) else {
                continue;
            };
            let name = from..from + width;
            if name.end > plot.end || !self.is_free(row, &name) {
                continue;
            }
            // A name in a deeper row hangs on a line, which no other name may cross.
            let line = x..x + 1;
            if (1..row).any(|between| !self.is_free(between, &line)) {
                continue;
            }
            for between in 1..row {
                self.taken[between].push(line.clone());
            }
            self.taken[row].push(name);
            return Some(Place { row, before });
        }
        None
    }

    /// How many rows below the bar are used.
    pub(crate) fn rows_below(&self) -> usize {
        (1..ROWS)
            .rev()
            .find(|&row| !self.taken[row].is_empty())
            .unwrap_or(0)
    }

    fn is_free(&self, row: usize, room: &Range<usize>) -> bool {
        const GAP: usize = 6;
        let apart =
            |other: &Range<usize>| other.end + GAP <= room.start || room.end + GAP <= other.start;
        self.taken[row].iter().all(apart)
    }
}
