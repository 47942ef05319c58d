//! What every bench file shares: a question, its rows, and who is compared in each.
//!
//! A bench file is one question. It registers rows; a row is one piece of work, done by several contestants: ours, the
//! peers, and the limit (the same work with nothing around it). Then it runs them all:
//!
//! ```ignore
//! let mut question = Question::new("tasks");
//! // One iteration does 1,000 yields; the figures are for each of them.
//! let mut row = question.row("yield, 1 task", 1_000);
//! row.time(Limit, "a queue of function pointers", |times| Spent::in_(|| for _ in 0..times { ... }));
//! row.time(Ours, "executor", |times| { let executor = Executor::new(); Spent::in_(|| ...) });
//! row.time(Peer, "tokio, current thread", ...);
//! row.figure(Ours, "executor", Unit::Allocations, || Ok(2.0)); // counted in a run of its own
//! question.run();
//! ```
//!
//! Who cannot take part is [`Row::absent`], with the reason. A timed closure does the work `times` times and returns what that [`Spent`]; set-up stays outside [`Spent::in_`].
//! A figure is any other number, or `Err` with the reason why there is none. [`smoke`] says whether the run only checks
//! that all works (`cargo bench -- --test`): do little then.
//!
//! criterion runs each contestant and judges its CPU time, of all threads of the process; wall time is taken beside it.
//! criterion cannot alternate contestants within a run, so a row is run in [`PASSES`] passes, each contestant once in
//! each: a slow minute of the machine then falls on all of them. Ratios are taken within a pass.
//! A run without arguments leaves its figures for `cargo run --bin compare`; see [`record`].

// Each bench file has its own copy of this module, and uses its part.
#![allow(dead_code, unused_imports)]

pub(crate) mod alone;
mod machine;
pub(crate) mod orders;
mod record;
mod spent;
#[cfg(feature = "peers")]
pub(crate) mod uring;
pub(crate) mod valgrind;

use std::cell::RefCell;
use std::env;
use std::mem;
use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, Throughput};

pub(crate) use record::{Kind, Unit, grouped};
use record::{Line, Record};
use spent::CpuTime;
pub(crate) use spent::{Clocks, Spent};

pub(crate) use Kind::{Limit, Ours, Peer};

#[cfg(all(feature = "peers", not(target_os = "linux")))]
compile_error!("the peers that this feature adds wait by io_uring, which only Linux has");

/// How often each contestant is run.
pub(crate) const PASSES: usize = 3;

/// Warm-up and measurement of one contestant in one pass. Slow work takes longer: it is measured ten times at least.
const WARM_UP: Duration = Duration::from_millis(100);
const MEASUREMENT: Duration = Duration::from_millis(400);
const SAMPLES: usize = 20;

type Work<'a> = Box<dyn FnMut(u64) -> Spent + 'a>;
type Figure<'a> = Box<dyn FnOnce() -> Result<Vec<f64>, String> + 'a>;

/// Whether this run only checks that every bench works, with no eye on time: `cargo bench -- --test`.
pub(crate) fn smoke() -> bool {
    env::args().any(|argument| argument == "--test")
}

/// One bench file: rows of contestants.
pub(crate) struct Question<'a> {
    name: &'static str,
    rows: Vec<Row<'a>>,
    samples: usize,
}

/// One piece of work, and who does it.
pub(crate) struct Row<'a> {
    name: String,
    /// How many of what the row counts (yields, tasks) one iteration does.
    elements: u64,
    /// How long one contestant takes in one pass, as far as one can tell before: for the estimate.
    each: Duration,
    times: Vec<(Kind, String, Work<'a>)>,
    figures: Vec<(Kind, String, Unit, Figure<'a>)>,
}

impl<'a> Question<'a> {
    /// A question with no rows yet. `name` is the bench file's own.
    pub(crate) fn new(name: &'static str) -> Self {
        Question {
            name,
            rows: Vec::new(),
            samples: SAMPLES,
        }
    }

    /// Takes as few samples as criterion allows, ten: for work that takes a second or so.
    pub(crate) fn slow(&mut self) {
        self.samples = 10;
    }

    /// Adds a row. Each figure of time is divided by `elements`, the number of yields, tasks and so on in one iteration.
    pub(crate) fn row(&mut self, name: impl Into<String>, elements: u64) -> &mut Row<'a> {
        self.rows.push(Row {
            name: name.into(),
            elements,
            // What criterion is told to take, and a little for its reckoning.
            each: WARM_UP + MEASUREMENT + Duration::from_millis(100),
            times: Vec::new(),
            figures: Vec::new(),
        });
        self.rows.last_mut().expect("it was pushed just now")
    }

    /// Runs every row that the command line asks for, and leaves the record if it asks for nothing special.
    pub(crate) fn run(self) {
        let mut criterion = Criterion::default()
            .with_measurement(CpuTime)
            .warm_up_time(WARM_UP)
            .measurement_time(MEASUREMENT)
            .sample_size(self.samples)
            // Of the bootstrap, which otherwise takes longer than the measurement.
            .nresamples(5_000)
            .configure_from_args();
        let asked = Asked::read();
        let mut record = Record::default();
        let mut progress = Progress::new(&self, &asked);
        if progress.steps == 0 && !asked.list {
            progress.say("nothing here has that in its name");
        }
        for row in self.rows {
            row.run(
                self.name,
                &asked,
                &mut criterion,
                &mut progress,
                &mut record,
            );
        }
        criterion.final_summary();
        if asked.everything {
            record.about = machine::about();
            match record.write(self.name) {
                Ok(()) => progress.say("recorded: `cargo run --bin compare` shows it"),
                Err(why) => progress.say(&format!("not recorded: {why}")),
            }
        }
    }
}

impl<'a> Row<'a> {
    /// Says how long one contestant takes in one pass, where that is not what criterion is told to take.
    pub(crate) fn lasts(&mut self, each: Duration) -> &mut Self {
        self.each = each;
        self
    }

    /// Adds a contestant whose time is taken. `work` does the work as often as it is told.
    pub(crate) fn time(
        &mut self,
        kind: Kind,
        contestant: impl Into<String>,
        work: impl FnMut(u64) -> Spent + 'a,
    ) -> &mut Self {
        self.times.push((kind, contestant.into(), Box::new(work)));
        self
    }

    /// Adds a figure that criterion does not judge: it is asked for once.
    pub(crate) fn figure(
        &mut self,
        kind: Kind,
        contestant: impl Into<String>,
        unit: Unit,
        figure: impl FnOnce() -> Result<f64, String> + 'a,
    ) -> &mut Self {
        self.figures(kind, contestant, unit, || Ok(vec![figure()?]))
    }

    /// The same, of several passes: the table shows the one in the middle.
    pub(crate) fn figures(
        &mut self,
        kind: Kind,
        contestant: impl Into<String>,
        unit: Unit,
        figures: impl FnOnce() -> Result<Vec<f64>, String> + 'a,
    ) -> &mut Self {
        self.figures
            .push((kind, contestant.into(), unit, Box::new(figures)));
        self
    }

    /// Says in the table that a contestant cannot take part, and why.
    pub(crate) fn absent(&mut self, kind: Kind, contestant: impl Into<String>, why: impl ToString) {
        let why = why.to_string();
        self.figure(kind, contestant, Unit::CpuTime, move || Err(why));
    }

    fn run(
        mut self,
        question: &str,
        asked: &Asked,
        criterion: &mut Criterion<CpuTime>,
        progress: &mut Progress,
        record: &mut Record,
    ) {
        let lines: Vec<RefCell<[Line; 2]>> = self
            .times
            .iter()
            .map(|(kind, contestant, _)| {
                let line = |unit| Line::new(&self.name, *kind, contestant, unit);
                RefCell::new([line(Unit::CpuTime), line(Unit::WallTime)])
            })
            .collect();
        let mut group = criterion.benchmark_group(format!("{question}/{}", self.name));
        group.throughput(Throughput::Elements(self.elements));
        for pass in 1..=if smoke() { 1 } else { PASSES } {
            for ((_, contestant, work), lines) in self.times.iter_mut().zip(&lines) {
                progress.step(
                    asked,
                    &format!("{question}/{}/{contestant}", self.name),
                    self.each,
                );
                let mut samples = Vec::new();
                group.bench_function(BenchmarkId::new(&*contestant, pass), |bencher| {
                    bencher.iter_custom(|times| {
                        let spent = work(times);
                        samples.push((times, spent));
                        spent
                    });
                });
                if let Some(spent) = spent::typical(&samples) {
                    let each = |nanoseconds: f64| nanoseconds / self.elements as f64;
                    let [cpu, wall] = &mut *lines.borrow_mut();
                    cpu.passes.push(each(spent.cpu));
                    wall.passes.push(each(spent.wall));
                }
            }
        }
        group.finish();
        record
            .lines
            .extend(lines.into_iter().flat_map(RefCell::into_inner));
        for (kind, contestant, unit, figure) in self.figures {
            let id = format!("{question}/{}/{contestant}", self.name);
            if !asked.wants(&id) {
                continue;
            }
            progress.step(asked, &id, self.each);
            let mut line = Line::new(&self.name, kind, &contestant, unit);
            match figure() {
                Ok(passes) => {
                    let figure = unit.show(record::median(&mut passes.clone()));
                    println!("{id}, {}: {figure}", unit.name());
                    line.passes = passes;
                }
                Err(why) => {
                    println!("{id}, {}: no figure: {why}", unit.name());
                    line.why_not = why;
                }
            }
            record.lines.push(line);
        }
    }
}

/// What the command line asks for. criterion reads it too, and has more to say; this is what figures need.
struct Asked {
    /// Part of an identifier; criterion takes a regular expression.
    filter: Option<String>,
    list: bool,
    /// No filter, no other wish: the run is worth a record.
    everything: bool,
}

impl Asked {
    fn read() -> Asked {
        // Cargo itself passes `--bench`.
        let arguments: Vec<String> = env::args().skip(1).filter(|a| a != "--bench").collect();
        Asked {
            filter: filter(&arguments),
            list: arguments.iter().any(|a| a == "--list"),
            everything: arguments.is_empty(),
        }
    }

    fn wants(&self, id: &str) -> bool {
        !self.list && self.filter.as_ref().is_none_or(|part| id.contains(part))
    }
}

/// criterion's options that have no value behind them.
const ALONE: [&str; 12] = [
    "--discard-baseline",
    "--exact",
    "--ignored",
    "--include-ignored",
    "--list",
    "--nocapture",
    "--noplot",
    "--quick",
    "--quiet",
    "--show-output",
    "--test",
    "--verbose",
];

/// The first argument that is neither an option nor the value of one.
fn filter(arguments: &[String]) -> Option<String> {
    let mut of_an_option = false;
    let is_filter = |argument: &&String| {
        let option = argument.starts_with("--") && !argument.contains('=');
        let wants_a_value = option && !ALONE.contains(&argument.as_str());
        let is_value = mem::replace(&mut of_an_option, wants_a_value);
        !is_value && !argument.starts_with('-')
    };
    arguments.iter().find(is_filter).cloned()
}

/// Says on standard error how far the run is, and how long the rest may take.
struct Progress {
    question: &'static str,
    steps: usize,
    done: usize,
    /// As long as all of it, and what is done, were thought to take.
    expected: Duration,
    past: Duration,
    begin: Instant,
    said: Option<Instant>,
}

impl Progress {
    fn new(question: &Question<'_>, asked: &Asked) -> Progress {
        let wanted = |row: &Row<'_>, contestant: &str| {
            let id = format!("{}/{}/{contestant}", question.name, row.name);
            usize::from(asked.wants(&id))
        };
        let of_row = |row: &Row<'_>| {
            let times: usize = row.times.iter().map(|time| wanted(row, &time.1)).sum();
            let figures = row.figures.iter().map(|figure| wanted(row, &figure.1));
            PASSES * times + figures.sum::<usize>()
        };
        let steps = || question.rows.iter().map(|row| (of_row(row), row.each));
        Progress {
            question: question.name,
            steps: steps().map(|(steps, _)| steps).sum(),
            done: 0,
            expected: steps().map(|(steps, each)| each * steps as u32).sum(),
            past: Duration::ZERO,
            begin: Instant::now(),
            said: None,
        }
    }

    /// Called before each measurement. The rest takes as long as was thought, and as much longer as the past has.
    fn step(&mut self, asked: &Asked, id: &str, each: Duration) {
        if !asked.wants(id) || smoke() {
            return;
        }
        let slower = match self.past {
            Duration::ZERO => 1.0,
            past => self.begin.elapsed().div_duration_f64(past),
        };
        let left = self.expected.saturating_sub(self.past).mul_f64(slower);
        self.done += 1;
        self.past += each;
        // Figures that need no time need no word.
        if self
            .said
            .is_some_and(|said| said.elapsed() < Duration::from_millis(300))
        {
            return;
        }
        self.said = Some(Instant::now());
        self.say(&format!(
            "{} of {}, about {} s left",
            self.done,
            self.steps,
            left.as_secs() + 1
        ));
    }

    fn say(&self, what: &str) {
        eprintln!("[{}: {what}]", self.question);
    }
}
