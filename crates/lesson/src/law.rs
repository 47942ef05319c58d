//! The law of a lesson: which orders of events its program guarantees, as data.

use crate::Broken;
use crate::graph::{Graph, Place};

/// Which orders of events a program guarantees.
///
/// A run ends in one of the outcomes. Within an outcome every order is lawful that keeps each chain's
/// order and the order that `before` asks for: these orders are the linear extensions of the outcome.
///
/// `before` and `while_io_lasts` name an event by its text. Two threads that tell the same text are told apart
/// by `thread: text`, and a text that one thread tells twice by `text #2`.
///
/// ```
/// use lesson::{Chain, Law, Outcome};
///
/// const LAW: Law = Law {
///     outcomes: &[Outcome {
///         name: "A is served on a thread of its own",
///         chains: &[
///             Chain { thread: "main", events: &["A begins", "B begins", "B ends"] },
///             Chain { thread: "io-1", events: &["I/O begins", "I/O ends"] },
///         ],
///         before: &[("A begins", "I/O begins")],
///     }],
///     while_io_lasts: Some(("B ends", "I/O ends")),
/// };
/// assert_eq!(LAW.orders(), 6);
/// assert_eq!(LAW.orders_while_io_lasts(), 3);
/// let order = [
///     ("main", "A begins"),
///     ("main", "B begins"),
///     ("main", "B ends"),
///     ("io-1", "I/O ends"),
///     ("io-1", "I/O begins"),
/// ];
/// let broken = LAW.check(&order).unwrap_err().to_string();
/// assert!(broken.starts_with("'I/O ends' came before 'I/O begins'\n"));
/// ```
///
/// # Panics
///
/// A law is program text, so one that makes no sense is a mistake in the program. All methods panic, by name,
/// if there is no outcome, if two outcomes have the same events and are not one order each, if two chains have the same
/// thread, if `before` or `while_io_lasts` names an event that is not there or that two threads tell, and if an outcome's order goes in a circle.
#[derive(Clone, Copy, Debug)]
pub struct Law {
    /// The ways in which a run may end. Two have the same events only if each is one chain, and they differ: so no order
    /// is counted twice.
    pub outcomes: &'static [Outcome],
    /// The first event comes before the second for as long as the I/O lasts.
    /// An outcome without one of the two is not touched by it.
    pub while_io_lasts: Option<(&'static str, &'static str)>,
}

/// One way in which a run may end: what each thread does, and what must wait for what.
#[derive(Clone, Copy, Debug)]
pub struct Outcome {
    /// What it is called.
    pub name: &'static str,
    /// What each thread does.
    pub chains: &'static [Chain],
    /// The first event of each pair comes before the second.
    pub before: &'static [(&'static str, &'static str)],
}

/// What one thread does, in order.
#[derive(Clone, Copy, Debug)]
pub struct Chain {
    /// The thread: `main`, `io-1`, ...
    pub thread: &'static str,
    /// What it tells, oldest first.
    pub events: &'static [&'static str],
}

impl Law {
    /// How many orders are lawful, however long the I/O takes.
    ///
    /// # Panics
    ///
    /// If the [law](Law) makes no sense, or has 2^128 orders or more.
    #[must_use]
    pub fn orders(&self) -> u128 {
        sum(&self.graphs(false))
    }

    /// How many orders are lawful while the I/O lasts.
    ///
    /// # Panics
    ///
    /// If the [law](Law) makes no sense, or has 2^128 orders or more.
    #[must_use]
    pub fn orders_while_io_lasts(&self) -> u128 {
        sum(&self.graphs(true))
    }

    /// Whether this order of `(thread, what)` is lawful, however long the I/O took.
    ///
    /// # Errors
    ///
    /// What is out of order, or which events are missing or too many.
    ///
    /// # Panics
    ///
    /// If the [law](Law) makes no sense.
    pub fn check(&self, order: &[(impl AsRef<str>, impl AsRef<str>)]) -> Result<(), Broken> {
        crate::broken::check(self.outcomes, &self.graphs(false), &borrowed(order))
    }

    /// Whether this order of `(thread, what)` is lawful for I/O that outlasts the rest.
    ///
    /// # Errors
    ///
    /// What is out of order, or which events are missing or too many.
    ///
    /// # Panics
    ///
    /// If the [law](Law) makes no sense.
    pub fn check_while_io_lasts(
        &self,
        order: &[(impl AsRef<str>, impl AsRef<str>)],
    ) -> Result<(), Broken> {
        crate::broken::check(self.outcomes, &self.graphs(true), &borrowed(order))
    }

    /// The order of each outcome, once the law is found to make sense.
    fn graphs(&self, io_lasts: bool) -> Vec<Graph> {
        assert!(!self.outcomes.is_empty(), "the law has no outcome");
        self.assert_distinct();
        let mut graphs: Vec<Graph> = self.outcomes.iter().map(Graph::of).collect();
        if let Some((first, then)) = self.while_io_lasts {
            let mut touched = false;
            for (outcome, graph) in self.outcomes.iter().zip(&mut graphs) {
                if let (Some(first), Some(then)) = (outcome.find(first), outcome.find(then)) {
                    touched = true;
                    if io_lasts {
                        graph.edges.push((first, then));
                    }
                }
            }
            assert!(touched, "no outcome has both '{first}' and '{then}'");
        }
        graphs
    }

    fn assert_distinct(&self) {
        for (nth, outcome) in self.outcomes.iter().enumerate() {
            for other in &self.outcomes[..nth] {
                assert!(
                    outcome.sorted_events() != other.sorted_events()
                        || outcome.differs_as_one_chain(other),
                    "outcomes '{}' and '{}' have the same events",
                    other.name,
                    outcome.name
                );
            }
        }
    }
}

impl Outcome {
    /// All events, `(thread, what)`, chain by chain.
    pub(crate) fn events(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let chains = self.chains;
        chains
            .iter()
            .flat_map(|chain| chain.events.iter().map(|what| (chain.thread, *what)))
    }

    /// Whether each is one order, and not the same.
    fn differs_as_one_chain(&self, other: &Outcome) -> bool {
        match (self.chains, other.chains) {
            ([one], [another]) => one.events != another.events,
            _ => false,
        }
    }

    fn sorted_events(&self) -> Vec<(&'static str, &'static str)> {
        let mut events: Vec<_> = self.events().collect();
        events.sort_unstable();
        events
    }

    /// The event that goes by this name: `what`, `thread: what`, `what #2` or `thread: what #2`.
    pub(crate) fn find(&self, name: &str) -> Option<Place> {
        let (stem, nth) = match name.rsplit_once(" #") {
            Some((stem, number)) => match number.parse() {
                Ok(nth) => (stem, nth),
                Err(_) => (name, 1),
            },
            None => (name, 1),
        };
        // A text may itself have a colon or a number, so what is there literally goes first.
        self.nth_of(None, name, 1)
            .or_else(|| self.nth_of(None, stem, nth))
            .or_else(|| {
                let (thread, what) = stem.split_once(": ")?;
                self.nth_of(Some(thread), what, nth)
            })
    }

    fn nth_of(&self, thread: Option<&str>, what: &str, nth: usize) -> Option<Place> {
        let mut places = Vec::new();
        for (c, chain) in self.chains.iter().enumerate() {
            if thread.is_none_or(|thread| thread == chain.thread) {
                let here = |(e, text): (usize, &&str)| (*text == what).then_some((c, e));
                places.extend(chain.events.iter().enumerate().filter_map(here));
            }
        }
        let on = |place: &Place| self.chains[place.0].thread;
        if let Some(first) = places.first()
            && let Some(other) = places.iter().find(|place| on(place) != on(first))
        {
            let (first, other) = (on(first), on(other));
            panic!(
                "'{what}' is told by {first} and by {other} in outcome '{}': write '{first}: {what}' or '{other}: {what}'",
                self.name
            );
        }
        places.get(nth.checked_sub(1)?).copied()
    }
}

fn borrowed(order: &[(impl AsRef<str>, impl AsRef<str>)]) -> Vec<(&str, &str)> {
    let event = |(thread, what)| (AsRef::as_ref(thread), AsRef::as_ref(what));
    order.iter().map(|(a, b)| (a, b)).map(event).collect()
}

/// The orders of all outcomes together: no two outcomes have one in common.
fn sum(graphs: &[Graph]) -> u128 {
    let mut orders = graphs.iter().map(Graph::orders);
    let sum = orders.try_fold(0_u128, u128::checked_add);
    sum.expect("fewer than 2^128 orders")
}
