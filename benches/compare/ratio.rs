//! Who is ahead, and how far.

use crate::record::{Kind, Line, Unit, grouped, median};
use crate::table::code;

/// The figures of one row of a question: several contestants, several units.
pub(crate) struct Row<'a> {
    pub(crate) name: &'a str,
    lines: Vec<&'a Line>,
}

impl<'a> Row<'a> {
    /// The rows of a record, in its order.
    pub(crate) fn all(lines: &'a [Line]) -> Vec<Row<'a>> {
        let mut rows: Vec<Row<'a>> = Vec::new();
        for line in lines {
            match rows.iter_mut().find(|row| row.name == line.row) {
                Some(row) => row.lines.push(line),
                None => rows.push(Row {
                    name: &line.row,
                    lines: vec![line],
                }),
            }
        }
        rows
    }

    /// The units of its figures. The first is what ratios are taken of.
    pub(crate) fn units(&self) -> Vec<Unit> {
        let mut units = Vec::new();
        for line in &self.lines {
            if !units.contains(&line.unit) {
                units.push(line.unit);
            }
        }
        units
    }

    /// What ratios are taken of.
    pub(crate) fn unit(&self) -> Unit {
        self.units()[0]
    }

    /// Who takes part.
    pub(crate) fn contestants(&self) -> Vec<(Kind, &'a str)> {
        let mut contestants: Vec<(Kind, &'a str)> = Vec::new();
        for line in &self.lines {
            let one = (line.kind, &*line.contestant);
            if !contestants.contains(&one) {
                contestants.push(one);
            }
        }
        contestants
    }

    /// A contestant's figure.
    pub(crate) fn line(&self, contestant: &str, unit: Unit) -> Option<&'a Line> {
        let mut lines = self.lines.iter().copied();
        lines.find(|line| line.contestant == contestant && line.unit == unit)
    }

    /// The best of a kind: the one with the smallest figure.
    pub(crate) fn best(&self, kind: Kind) -> Option<&'a Line> {
        self.best_in(kind, self.unit())
    }

    fn best_in(&self, kind: Kind, unit: Unit) -> Option<&'a Line> {
        let of_kind = |line: &&&Line| line.kind == kind && line.unit == unit;
        let lines = self.lines.iter().filter(of_kind).copied();
        lines
            .filter(|line| !line.passes.is_empty())
            .min_by(|a, b| figure(a).total_cmp(&figure(b)))
    }

    /// How ours stands to the best peer and to the limit, in a sentence, and in another where a peer is ahead by the clock
    /// alone. Nothing where there is nobody else.
    pub(crate) fn verdict(&self) -> Option<String> {
        let ours = self.best(Kind::Ours)?;
        // `takes 2.00 times the bytes of` or `is 2.00 times as late at p50 as`.
        let (takes, what) = match self.unit() {
            Unit::LateP50 => ("is", "as late at p50 as".to_owned()),
            Unit::LateP99 => ("is", "as late at p99 as".to_owned()),
            unit => ("takes", format!("the {} of", unit.name())),
        };
        let peer = self.best(Kind::Peer);
        let limit = self.best(Kind::Limit);
        let mut parts = Vec::new();
        if let Some(peer) = peer {
            let times = show(ratio(ours, peer));
            parts.push(format!(
                "{times} times {what} the best peer ({})",
                code(&peer.contestant)
            ));
        }
        if let Some(limit) = limit {
            let times = show(ratio(ours, limit));
            parts.push(match peer {
                Some(_) if takes == "takes" => format!("{times} times that of the limit"),
                _ => format!("{times} times {what} the limit"),
            });
        }
        if parts.is_empty() {
            return None;
        }
        let ahead = match peer {
            Some(peer) if ratio(ours, peer) > AT_PAR => "A peer is ahead: ours",
            _ => "Ours",
        };
        let contestants = self.contestants();
        let which = match contestants
            .iter()
            .filter(|(kind, _)| *kind == Kind::Ours)
            .count()
        {
            1 => String::new(),
            _ => format!(" ({})", code(&ours.contestant)),
        };
        let clock = match ahead {
            "Ours" => self.ahead_by_the_clock(ours).unwrap_or_default(),
            _ => String::new(),
        };
        Some(format!(
            "{ahead}{which} {takes} {}.{clock}",
            parts.join(", and ")
        ))
    }

    /// Who spends its time on several threads may be done earlier than ours, whatever CPU time it takes.
    fn ahead_by_the_clock(&self, ours: &Line) -> Option<String> {
        if self.unit() != Unit::CpuTime {
            return None;
        }
        let ours = self.line(&ours.contestant, Unit::WallTime)?;
        let peer = self.best_in(Kind::Peer, Unit::WallTime)?;
        let times = ratio(ours, peer);
        (times > AT_PAR).then(|| {
            let (times, peer) = (show(times), code(&peer.contestant));
            format!(
                " By the clock a peer is ahead: ours takes {times} times the wall time of {peer}."
            )
        })
    }
}

/// Who takes so many times the other's, or less, is not behind: two runs of the same differ by as much.
const AT_PAR: f64 = 1.05;

/// The figure in the middle of the passes.
pub(crate) fn figure(line: &Line) -> f64 {
    median(&mut line.passes.clone())
}

/// How many times the other's figure this one is: within each pass, and then the one in the middle.
pub(crate) fn ratio(line: &Line, other: &Line) -> f64 {
    if line.passes.len() != other.passes.len() {
        return figure(line) / figure(other);
    }
    let passes = line.passes.iter().zip(&other.passes);
    median(&mut passes.map(|(one, other)| one / other).collect::<Vec<_>>())
}

/// A ratio, in two digits or more.
pub(crate) fn show(ratio: f64) -> String {
    match ratio {
        ..0.095 => format!("{ratio:.3}"),
        ..9.95 => format!("{ratio:.2}"),
        ..99.5 => format!("{ratio:.1}"),
        _ => grouped(&format!("{ratio:.0}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Record;

    fn record(peer: &str, limit: &str) -> Record {
        let text = format!(
            "# here\n\
            r\tours\tA\tCPU time\t10 20 30\t\n\
            r\tours\tA\twall time\t11 21 31\t\n\
            r\tpeer\tB\tCPU time\t{peer}\t\n\
            r\tpeer\tC\tCPU time\t500 500 500\t\n\
            r\tlimit\tD\tCPU time\t{limit}\t\n"
        );
        text.parse().unwrap()
    }

    fn verdict(peer: &str, limit: &str) -> String {
        let record = record(peer, limit);
        let rows = Row::all(&record.lines);
        assert_eq!(rows.len(), 1);
        rows[0].verdict().unwrap()
    }

    #[test]
    fn ratios_are_taken_within_a_pass() {
        // Of the medians it would be 0.50: the machine was slow in the third pass, for A as for B.
        let said = verdict("40 40 120", "5 10 15");
        assert_eq!(
            said,
            "Ours takes 0.25 times the CPU time of the best peer (B), and 2.00 times that of the limit."
        );
    }

    #[test]
    fn the_table_says_so_where_a_peer_is_ahead() {
        assert!(verdict("5 10 15", "1 2 3").starts_with("A peer is ahead: ours takes 2.00 times"));
        assert!(verdict("10 20 31", "1 2 3").starts_with("Ours takes 1.00 times"));
    }

    #[test]
    fn the_table_says_so_where_a_peer_is_ahead_by_the_clock_alone() {
        let text = "# here\n\
            r\tours\tA\tCPU time\t10 10 10\t\n\
            r\tours\tA\twall time\t12 12 12\t\n\
            r\tpeer\tB\tCPU time\t20 20 20\t\n\
            r\tpeer\tB\twall time\t10 10 10\t\n";
        let record: Record = text.parse().unwrap();
        let said = Row::all(&record.lines)[0].verdict().unwrap();
        assert_eq!(
            said,
            "Ours takes 0.50 times the CPU time of the best peer (B). \
            By the clock a peer is ahead: ours takes 1.20 times the wall time of B."
        );
    }

    #[test]
    fn lateness_is_not_taken_and_who_could_not_run_is_nobodys_best() {
        let text = "# here\n\
            r\tours\tA\tlate, p50\t30 30 30\t\n\
            r\tpeer\tB\tlate, p50\t15 15 15\t\n\
            r\tpeer\tC\tlate, p50\t\tno io_uring\n";
        let record: Record = text.parse().unwrap();
        let said = Row::all(&record.lines)[0].verdict().unwrap();
        assert_eq!(
            said,
            "A peer is ahead: ours is 2.00 times as late at p50 as the best peer (B)."
        );
    }

    #[test]
    fn a_record_is_read_as_it_was_written() {
        let text = "# here\nr: 10\tours\tA\tbytes\t1.2346 0.00012 10 123456\t\nr: 10\tpeer\tB\tthreads\t\tno more\n";
        let record: Record = text.parse().unwrap();
        assert_eq!(record.to_string(), text);
        for wrong in ["", "# here\nr\tours\n", "# here\nr\tours\tA\tmiles\t1\t\n"] {
            assert!(wrong.parse::<Record>().is_err(), "{wrong:?}");
        }
    }
}
