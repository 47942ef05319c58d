//! The order of one outcome as a graph, and how many orders it allows.

use crate::law::Outcome;
use std::collections::{HashMap, HashSet};

/// An event of an outcome: which chain, and which of its events.
pub(crate) type Place = (usize, usize);

/// Chains, each in its own order, and edges between them: the first comes before the second.
#[derive(Clone, Debug)]
pub(crate) struct Graph {
    pub(crate) lengths: Vec<usize>,
    pub(crate) edges: Vec<(Place, Place)>,
}

impl Graph {
    /// The order of `outcome`. Panics if it has two chains of one thread, names an
    /// unknown event, or goes in a circle.
    pub(crate) fn of(outcome: &Outcome) -> Graph {
        let threads: HashSet<&str> = outcome.chains.iter().map(|c| c.thread).collect();
        assert!(
            threads.len() == outcome.chains.len(),
            "outcome '{}' has two chains of one thread",
            outcome.name
        );
        let find = |name: &str| {
            outcome
                .find(name)
                .unwrap_or_else(|| panic!("outcome '{}' has no event named '{name}'", outcome.name))
        };
        let graph = Graph {
            lengths: outcome.chains.iter().map(|c| c.events.len()).collect(),
            edges: outcome
                .before
                .iter()
                .map(|(first, then)| (find(first), find(then)))
                .collect(),
        };
        if let Some(circle) = graph.circle() {
            let what = |&(c, e): &Place| format!("'{}'", outcome.chains[c].events[e]);
            let circle: Vec<String> = circle.iter().map(what).collect();
            panic!(
                "outcome '{}' goes in a circle: {}",
                outcome.name,
                circle.join(" before ")
            );
        }
        graph
    }

    /// How many orders keep the chains and the edges: the linear extensions.
    ///
    /// Counts the ways to come to each set of events that may have happened, one event more at a time.
    /// Such a set is how far each chain has come, so there are at most as many as the product of the chains' lengths
    /// (each plus one), however many the orders.
    pub(crate) fn orders(&self) -> u128 {
        let events: usize = self.lengths.iter().sum();
        let mut ways = HashMap::from([(vec![0; self.lengths.len()], 1_u128)]);
        for _ in 0..events {
            let mut longer = HashMap::new();
            for (done, count) in ways {
                for chain in 0..done.len() {
                    if self.waits_for(&done, chain) == Next::Nothing {
                        let mut done = done.clone();
                        done[chain] += 1;
                        let sum: &mut u128 = longer.entry(done).or_default();
                        *sum = sum.checked_add(count).expect("fewer than 2^128 orders");
                    }
                }
            }
            ways = longer;
        }
        // One set, of all events; none if they go in a circle.
        ways.into_values().sum()
    }

    /// What the next event of this chain waits for, when the chains have come so far.
    fn waits_for(&self, done: &[usize], chain: usize) -> Next {
        let next = (chain, done[chain]);
        if next.1 == self.lengths[chain] {
            return Next::Over;
        }
        let missing = |&&((c, e), then): &&(Place, Place)| then == next && done[c] <= e;
        match self.edges.iter().find(missing) {
            Some((first, _)) => Next::After(*first),
            None => Next::Nothing,
        }
    }

    /// Events that wait for each other, each before the next, the first repeated at the end.
    fn circle(&self) -> Option<Vec<Place>> {
        let chains = 0..self.lengths.len();
        let mut done = vec![0; self.lengths.len()];
        while let Some(chain) = chains
            .clone()
            .find(|chain| self.waits_for(&done, *chain) == Next::Nothing)
        {
            done[chain] += 1;
        }
        // All chains are over, or the others are stuck: then follow what each waits for until one comes again.
        let mut at = chains
            .clone()
            .find(|&chain| done[chain] < self.lengths[chain])?;
        let mut trail: Vec<Place> = Vec::new();
        loop {
            let next = (at, done[at]);
            if let Some(start) = trail.iter().position(|place| *place == next) {
                let mut circle = trail.split_off(start);
                circle.push(next);
                circle.reverse();
                return Some(circle);
            }
            trail.push(next);
            let Next::After(first) = self.waits_for(&done, at) else {
                unreachable!("a chain that is stuck waits for another")
            };
            at = first.0;
            // The chain of `first` is stuck before it, or at it.
            if first != (at, done[at]) {
                trail.push(first);
            }
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    /// The chain has no further event.
    Over,
    /// It can happen now.
    Nothing,
    /// It waits for this event of another chain (or of its own, in a circle).
    After(Place),
}
