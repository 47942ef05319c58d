//! Every way to choose: for programs whose orders a test decides, one choice after another.

use std::collections::BTreeSet;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::Law;

/// What a run chooses, and in which of all ways; clones choose for the same run.
///
/// Given by [`every_choice`].
#[derive(Clone, Debug, Default)]
pub struct Choices {
    path: Arc<Mutex<Path>>,
}

#[derive(Debug, Default)]
struct Path {
    /// Which one was taken, and of how many.
    taken: Vec<(usize, usize)>,
    /// How many of them this run has come to.
    at: usize,
}

impl Choices {
    /// One of `0..among`: each of them in one run or another.
    ///
    /// # Panics
    ///
    /// If there is nothing to choose from. If the program has not done the same as before, after the same choices: then
    /// no number of runs could show every order.
    #[track_caller]
    pub fn choose(&self, among: usize) -> usize {
        assert!(among > 0, "a choice among nothing");
        let mut path = self.lock();
        let at = path.at;
        path.at += 1;
        if at == path.taken.len() {
            path.taken.push((0, among));
        }
        let (taken, before) = path.taken[at];
        drop(path);
        assert!(
            before == among,
            "choice {} was among {before}, and is among {among} after the same choices",
            at + 1
        );
        taken
    }

    /// Goes to the next way, if there is one: the last choice that has something left takes that.
    fn next(&self) -> bool {
        let mut path = self.lock();
        let done = path.at;
        // A run that ended early has left behind what it did not come to.
        path.taken.truncate(done);
        path.at = 0;
        while let Some((taken, among)) = path.taken.pop() {
            if taken + 1 < among {
                path.taken.push((taken + 1, among));
                return true;
            }
        }
        false
    }

    fn lock(&self) -> MutexGuard<'_, Path> {
        self.path.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Display for Choices {
    /// What this run has chosen so far: `0 of 3, 1 of 2`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.lock();
        let mut separator = "";
        for (taken, among) in &path.taken[..path.at.min(path.taken.len())] {
            write!(f, "{separator}{taken} of {among}")?;
            separator = ", ";
        }
        Ok(())
    }
}

/// Calls `run` once for each way to choose, and gives their number. It must do the same after the same choices.
///
/// ```
/// let mut orders = Vec::new();
/// let runs = lesson::every_choice(|choices| {
///     let mut left = vec!['A', 'B', 'C'];
///     let mut order = String::new();
///     while !left.is_empty() {
///         order.push(left.remove(choices.choose(left.len())));
///     }
///     orders.push(order);
/// });
/// assert_eq!(runs, 6);
/// assert_eq!(orders, ["ABC", "ACB", "BAC", "BCA", "CAB", "CBA"]);
/// ```
///
/// # Panics
///
/// Where `run` does, and as [`Choices::choose`].
pub fn every_choice(mut run: impl FnMut(&Choices)) -> usize {
    let choices = Choices::default();
    let mut runs = 0;
    loop {
        run(&choices);
        runs += 1;
        if !choices.next() {
            return runs;
        }
    }
}

/// The events of a run, `(thread, what)`, oldest first.
pub type Events = Vec<(String, String)>;

/// What [`prove_every_choice`] has seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proved {
    /// Ways to choose: each was run.
    pub runs: usize,
    /// Orders of events: several ways may lead to one order.
    pub orders: usize,
}

/// For tests: runs `program` with every way to choose, holds the order of events that it gives to `law`, and asserts that
/// each order which the law allows was seen. It is [`prove`](crate::prove) for a program in which not the threads decide
/// what comes next, but the test does: what is ready, or due, or which gate opens.
///
/// # Panics
///
/// If an order breaks the law, or `program` panics, or an order that the law allows was not seen. The message has the
/// choices and the events.
#[track_caller]
pub fn prove_every_choice(law: &Law, program: impl FnMut(&Choices) -> Events) -> Proved {
    let (proved, broken) = explore(law, program);
    if let Some(broken) = broken {
        panic!("{broken}");
    }
    assert_eq!(
        proved.orders as u128,
        law.orders(),
        "orders seen and allowed"
    );
    proved
}

/// For tests of planted mistakes: what is wrong with the first run of `program` that breaks the law, or panics.
///
/// # Panics
///
/// If every run keeps the law.
#[track_caller]
pub fn refute_every_choice(law: &Law, program: impl FnMut(&Choices) -> Events) -> String {
    match explore(law, program) {
        (_, Some(broken)) => broken,
        (seen, None) => panic!("all {} runs keep the law", seen.runs),
    }
}

fn explore(law: &Law, mut program: impl FnMut(&Choices) -> Events) -> (Proved, Option<String>) {
    let mut orders = BTreeSet::new();
    let mut first = None;
    let runs = every_choice(|choices| {
        let wrong = match catch_unwind(AssertUnwindSafe(|| program(choices))) {
            Ok(order) => {
                let broken = law.check(&order).err();
                orders.insert(order);
                broken.map(|broken| broken.to_string())
            }
            Err(panic) => Some(message(&*panic)),
        };
        if let (None, Some(wrong)) = (&first, wrong) {
            first = Some(format!("{wrong}\nafter the choices: {choices}"));
        }
    });
    let orders = orders.len();
    (Proved { runs, orders }, first)
}

fn message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "a panic without a message".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Chain, Outcome};

    #[test]
    fn a_choice_may_depend_on_those_before() {
        let mut seen = Vec::new();
        let runs = every_choice(|choices| {
            let first = choices.choose(3);
            let rest: Vec<_> = (0..first).map(|_| choices.choose(2)).collect();
            seen.push((first, rest));
        });
        assert_eq!(runs, 1 + 2 + 4);
        seen.dedup();
        assert_eq!(seen.len(), runs, "each once");
    }

    #[test]
    fn without_a_choice_there_is_one_run() {
        assert_eq!(every_choice(|_| {}), 1);
        assert_eq!(every_choice(|choices| assert_eq!(choices.choose(1), 0)), 1);
    }

    #[test]
    #[should_panic(expected = "choice 1 was among 2, and is among 3 after the same choices")]
    fn a_program_that_does_not_do_the_same_is_refused() {
        let mut among = 1;
        every_choice(|choices| {
            among += 1;
            choices.choose(among);
        });
    }

    const LAW: Law = Law {
        outcomes: &[Outcome {
            name: "B comes when it likes",
            chains: &[
                Chain {
                    thread: "A",
                    events: &["begins", "ends"],
                },
                Chain {
                    thread: "B",
                    events: &["is served"],
                },
            ],
            before: &[],
        }],
        while_io_lasts: None,
    };

    fn told(events: &[(&str, &str)]) -> Events {
        let owned = |(who, what): &(&str, &str)| ((*who).to_owned(), (*what).to_owned());
        events.iter().map(owned).collect()
    }

    fn b_comes(place: usize) -> Events {
        let mut events = vec![("A", "begins"), ("A", "ends")];
        events.insert(place, ("B", "is served"));
        told(&events)
    }

    #[test]
    fn several_runs_may_have_one_order() {
        let proved = prove_every_choice(&LAW, |choices| b_comes(choices.choose(6) / 2));
        assert_eq!(proved, Proved { runs: 6, orders: 3 });
    }

    #[test]
    #[should_panic(expected = "orders seen and allowed")]
    fn planted_an_order_that_is_never_tried_is_noticed() {
        prove_every_choice(&LAW, |choices| b_comes(choices.choose(2)));
    }

    #[test]
    fn planted_a_broken_law_is_told_with_its_choices() {
        let why = refute_every_choice(&LAW, |choices| match choices.choose(4) {
            3 => told(&[("A", "ends"), ("A", "begins"), ("B", "is served")]),
            place => b_comes(place),
        });
        assert!(why.starts_with("'ends' came before 'begins'\n"), "{why}");
        assert!(why.ends_with("\nafter the choices: 3 of 4"), "{why}");
    }

    #[test]
    fn planted_a_panic_is_told_and_the_rest_is_run() {
        let mut runs = 0;
        let why = refute_every_choice(&LAW, |choices| {
            runs += 1;
            let place = choices.choose(3);
            assert!(place != 1, "nobody serves B");
            b_comes(place)
        });
        assert_eq!(why, "nobody serves B\nafter the choices: 1 of 3");
        assert_eq!(runs, 3);
    }
}
