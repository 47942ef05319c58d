//! Holding an order of events to the law.

use crate::graph::{Graph, Place};
use crate::law::Outcome;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::error::Error;
use std::fmt;

type Told<'a> = (&'a str, &'a str);

/// Why an order of events is not lawful.
///
/// Its `Display` says so in one line, such as `'B begins' came before 'A leaves'`, and then numbers the events,
/// a line each, those that the first line speaks of marked with `>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    why: String,
    /// `(thread, what, marked)`.
    events: Vec<(String, String, bool)>,
}

impl Broken {
    /// The first line of what it displays: what is wrong, without the events.
    #[must_use]
    pub fn why(&self) -> &str {
        &self.why
    }

    fn new(why: String, told: &[Told<'_>], marked: impl Fn(usize) -> bool) -> Broken {
        let event = |(nth, (thread, what)): (usize, &Told<'_>)| {
            ((*thread).to_owned(), (*what).to_owned(), marked(nth))
        };
        Broken {
            why,
            events: told.iter().enumerate().map(event).collect(),
        }
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)?;
        let width = |(thread, ..): &(String, _, _)| thread.chars().count();
        let width = self.events.iter().map(width).max().unwrap_or(0);
        for (nth, (thread, what, marked)) in self.events.iter().enumerate() {
            let mark = if *marked { '>' } else { ' ' };
            write!(f, "\n{mark}{:>4}  {thread:<width$}  {what}", nth + 1)?;
        }
        Ok(())
    }
}

impl Error for Broken {}

/// Holds `told` to the outcomes that have its events; `graphs` are the outcomes' orders.
pub(crate) fn check(
    outcomes: &[Outcome],
    graphs: &[Graph],
    told: &[Told<'_>],
) -> Result<(), Broken> {
    let differences = outcomes.iter().map(|outcome| difference(outcome, told));
    let distance = |difference: &Difference| difference.values().map(|n| n.unsigned_abs()).sum();
    let (nearest, least) = differences
        .enumerate()
        .min_by_key(|(_, difference)| -> usize { distance(difference) })
        .expect("a law has an outcome");
    if !least.is_empty() {
        return Err(wrong_events(&outcomes[nearest], &least, told));
    }
    let mut broken = None;
    for (outcome, graph) in outcomes.iter().zip(graphs) {
        if difference(outcome, told).is_empty() {
            match in_order(outcome, graph, told) {
                Ok(()) => return Ok(()),
                Err(error) => broken = broken.or(Some(error)),
            }
        }
    }
    broken.map_or(Ok(()), Err)
}

/// How often each event is missing (more than 0) or too many (less than 0); no entry is 0.
type Difference = BTreeMap<(String, String), isize>;

fn difference(outcome: &Outcome, told: &[Told<'_>]) -> Difference {
    let mut difference = Difference::new();
    let mut count = |(thread, what): Told<'_>, n: isize| {
        *difference
            .entry((thread.to_owned(), what.to_owned()))
            .or_default() += n;
    };
    outcome.events().for_each(|event| count(event, 1));
    told.iter().for_each(|event| count(*event, -1));
    difference.retain(|_, n| *n != 0);
    difference
}

fn wrong_events(outcome: &Outcome, difference: &Difference, told: &[Told<'_>]) -> Broken {
    let list = |missing: bool| -> Vec<String> {
        let of_kind = difference.iter().filter(|(_, n)| (**n > 0) == missing);
        of_kind
            .map(|((thread, what), _)| format!("'{what}' on {thread}"))
            .collect()
    };
    let mut why = Vec::new();
    for (events, what) in [(list(true), "missing"), (list(false), "too many")] {
        if !events.is_empty() {
            why.push(format!("{what}: {}", events.join(", ")));
        }
    }
    let why = format!("{} (outcome '{}')", why.join("; "), outcome.name);
    Broken::new(why, told, |nth| {
        let (thread, what) = told[nth];
        difference.contains_key(&(thread.to_owned(), what.to_owned()))
    })
}

fn in_order(outcome: &Outcome, graph: &Graph, told: &[Told<'_>]) -> Result<(), Broken> {
    let at = positions(outcome, told);
    let chains = graph.lengths.iter().enumerate();
    let steps = chains.flat_map(|(c, length)| (1..*length).map(move |e| ((c, e - 1), (c, e))));
    for (first, then) in steps.chain(graph.edges.iter().copied()) {
        // Equal only if the law wants an event before itself while the I/O lasts.
        if at[&first] >= at[&then] {
            let what = |(c, e): Place| outcome.chains[c].events[e];
            let why = format!("'{}' came before '{}'", what(then), what(first));
            let marked = |nth| nth == at[&first] || nth == at[&then];
            return Err(Broken::new(why, told, marked));
        }
    }
    Ok(())
}

/// Where each event of the outcome was told. Of equal ones, the first told is the first in the chain.
fn positions(outcome: &Outcome, told: &[Told<'_>]) -> HashMap<Place, usize> {
    let mut free: HashMap<Told<'_>, VecDeque<usize>> = HashMap::new();
    for (nth, event) in told.iter().enumerate() {
        free.entry(*event).or_default().push_back(nth);
    }
    let mut positions = HashMap::new();
    for (c, chain) in outcome.chains.iter().enumerate() {
        for (e, what) in chain.events.iter().enumerate() {
            let nth = free.get_mut(&(chain.thread, *what));
            let nth = nth.and_then(VecDeque::pop_front);
            positions.insert((c, e), nth.expect("the events are the outcome's"));
        }
    }
    positions
}
