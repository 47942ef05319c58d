//! What a run leaves for the table: a file for each question, `target/tmp/cost/QUESTION.tsv`.
//!
//! Its first line, behind a `#`, says where and when. Then come lines of fields with tabs between them: row, kind,
//! contestant, unit, the figure of each pass with spaces between, and, where there is none, why not.

use std::fmt;
use std::fs;
use std::io;
use std::path::Path;
use std::str::FromStr;

/// What a contestant is to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Made in this workspace.
    Ours,
    /// Made by others.
    Peer,
    /// The same work with nothing around it: nobody can be much faster.
    Limit,
}

/// What a figure counts. Times are for each element of the row, in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Of the processor, by all threads.
    CpuTime,
    /// By the clock.
    WallTime,
    /// How late, half of the time at most.
    LateP50,
    /// How late, 99 times of 100 at most.
    LateP99,
    /// Bytes of memory, resident or allocated, as the row says.
    Bytes,
    /// Bytes of address space.
    VirtualBytes,
    /// Calls of the allocator.
    Allocations,
    /// Instructions in user space.
    Instructions,
    /// Threads, the first among them.
    Threads,
}

impl Kind {
    const ALL: [(Kind, &'static str); 3] = [
        (Kind::Ours, "ours"),
        (Kind::Peer, "peer"),
        (Kind::Limit, "limit"),
    ];

    /// The word for it.
    pub(crate) fn name(self) -> &'static str {
        name(&Kind::ALL, self)
    }
}

impl Unit {
    const ALL: [(Unit, &'static str); 9] = [
        (Unit::CpuTime, "CPU time"),
        (Unit::WallTime, "wall time"),
        (Unit::LateP50, "late, p50"),
        (Unit::LateP99, "late, p99"),
        (Unit::Bytes, "bytes"),
        (Unit::VirtualBytes, "virtual bytes"),
        (Unit::Allocations, "allocations"),
        (Unit::Instructions, "instructions"),
        (Unit::Threads, "threads"),
    ];

    /// The words for it.
    pub(crate) fn name(self) -> &'static str {
        name(&Unit::ALL, self)
    }

    /// A figure with its unit, in three digits or more.
    pub(crate) fn show(self, value: f64) -> String {
        let (scale, unit) = match self {
            Unit::CpuTime | Unit::WallTime | Unit::LateP50 | Unit::LateP99 => match value {
                ..1e3 => (1.0, "ns"),
                1e3..1e6 => (1e3, "µs"),
                1e6..1e9 => (1e6, "ms"),
                _ => (1e9, "s"),
            },
            Unit::Bytes | Unit::VirtualBytes => match value {
                ..10_240.0 => (1.0, "B"),
                10_240.0..1_048_576.0 => (1024.0, "KiB"),
                1_048_576.0..1_073_741_824.0 => (1_048_576.0, "MiB"),
                _ => (1_073_741_824.0, "GiB"),
            },
            Unit::Allocations | Unit::Instructions | Unit::Threads => (1.0, ""),
        };
        let value = value / scale;
        let digits = match value {
            _ if (unit == "B" || unit.is_empty()) && value.fract() == 0.0 || value >= 99.95 => 0,
            10.0.. => 1,
            _ => 2,
        };
        let value = grouped(&format!("{value:.digits$}"));
        format!("{value} {unit}").trim_end().to_owned()
    }
}

/// `1234567` as `1,234,567`; a number with a point as it is.
pub(crate) fn grouped(number: &str) -> String {
    if number.contains('.') {
        return number.to_owned();
    }
    let mut text = String::new();
    for (nth, digit) in number.chars().enumerate() {
        if nth > 0 && (number.len() - nth).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn name<T: PartialEq + Copy>(all: &[(T, &'static str)], wanted: T) -> &'static str {
    let found = all.iter().find(|(one, _)| *one == wanted);
    found.expect("all of them are listed").1
}

fn named<T: Copy>(all: &[(T, &'static str)], wanted: &str) -> Result<T, String> {
    let found = all.iter().find(|(_, name)| *name == wanted);
    found.map_or(Err(format!("what is {wanted:?}?")), |(one, _)| Ok(*one))
}

/// One figure of one contestant.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Line {
    /// What was done.
    pub(crate) row: String,
    /// Who is it to us?
    pub(crate) kind: Kind,
    /// Who did it.
    pub(crate) contestant: String,
    /// What the figure counts.
    pub(crate) unit: Unit,
    /// The figure, once for each pass; none if there is no figure.
    pub(crate) passes: Vec<f64>,
    /// Why there is none.
    pub(crate) why_not: String,
}

impl Line {
    /// A line with no figure yet.
    pub(crate) fn new(row: &str, kind: Kind, contestant: &str, unit: Unit) -> Line {
        Line {
            row: row.to_owned(),
            kind,
            contestant: contestant.to_owned(),
            unit,
            passes: Vec::new(),
            why_not: String::new(),
        }
    }
}

/// All that one run of a question found.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Record {
    /// Where and when.
    pub(crate) about: String,
    /// In the order in which they were measured.
    pub(crate) lines: Vec<Line>,
}

impl Record {
    /// Leaves the record where `compare` finds it.
    pub(crate) fn write(&self, question: &str) -> io::Result<()> {
        // Cargo's folder for what benches leave; it is not set for the program that reads the records.
        let Some(folder) = option_env!("CARGO_TARGET_TMPDIR") else {
            return Err(io::Error::other("this is no bench"));
        };
        let folder = Path::new(folder).join("cost");
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(format!("{question}.tsv")), self.to_string())
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "# {}", self.about)?;
        for line in &self.lines {
            let passes: Vec<String> = line.passes.iter().map(|figure| digits(*figure)).collect();
            let fields = [
                &line.row,
                line.kind.name(),
                &line.contestant,
                line.unit.name(),
                &passes.join(" "),
                &line.why_not,
            ];
            writeln!(
                f,
                "{}",
                fields
                    .map(|text| text.replace(['\t', '\n'], " "))
                    .join("\t")
            )?;
        }
        Ok(())
    }
}

impl FromStr for Record {
    type Err = String;

    fn from_str(text: &str) -> Result<Record, String> {
        let mut lines = text.lines();
        let about = lines.next().and_then(|line| line.strip_prefix("# "));
        let about = about.ok_or("the first line must say where and when")?;
        let line = |text: &str| {
            let fields: Vec<&str> = text.split('\t').collect();
            let [row, kind, contestant, unit, passes, why_not] = fields[..] else {
                return Err(format!("not six fields: {text:?}"));
            };
            let number = |text: &str| text.parse().map_err(|_| format!("no figure: {text:?}"));
            Ok(Line {
                row: row.to_owned(),
                kind: named(&Kind::ALL, kind)?,
                contestant: contestant.to_owned(),
                unit: named(&Unit::ALL, unit)?,
                passes: passes
                    .split_whitespace()
                    .map(number)
                    .collect::<Result<_, _>>()?,
                why_not: why_not.to_owned(),
            })
        };
        Ok(Record {
            about: about.to_owned(),
            lines: lines.map(line).collect::<Result<_, _>>()?,
        })
    }
}

/// Five digits, which is more than any run can tell; all digits of a whole number.
fn digits(figure: f64) -> String {
    let rounded = format!("{figure:.4e}").parse().unwrap_or(figure);
    let whole = figure.fract() == 0.0;
    if whole { figure } else { rounded }.to_string()
}

/// The figure in the middle; not a number of no figures.
pub(crate) fn median(figures: &mut [f64]) -> f64 {
    if figures.is_empty() {
        return f64::NAN;
    }
    figures.sort_by(f64::total_cmp);
    let middle = figures.len() / 2;
    if figures.len().is_multiple_of(2) {
        f64::midpoint(figures[middle - 1], figures[middle])
    } else {
        figures[middle]
    }
}
