//! The timers against a model that is too simple to be wrong, and mistakes that the model catches.

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::Config;
#[cfg(not(miri))]
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};

use super::planted::{Mistake, plant};
use super::wheel::TICK;
use super::{TimerKey, Timers};

#[derive(Clone, Debug)]
enum Step {
    Insert(Deadline),
    /// One of all keys that were ever given out.
    Remove(Index),
    Change(Index),
    /// The time goes on so much, and all that is due comes out but for this many calls.
    Pop(u64, usize),
    /// The same; each that comes out puts one in, and what was put in after the mark has to wait.
    Turn(u64, Deadline),
}

#[derive(Clone, Debug)]
enum Deadline {
    At(u64),
    /// So far from now.
    In(u64),
    Ago(u64),
    /// That of another timer.
    As(Index),
}

/// Times of every magnitude, and those about the ends of ticks and buckets.
fn nanos() -> impl Strategy<Value = u64> {
    let magnitude = (any::<u64>(), 0..64_u32).prop_map(|(bits, shift)| bits >> shift);
    let edge = (0..64_u32, 0..3_u64).prop_map(|(bit, more)| (1 << bit) - 1 + more);
    prop_oneof![
        4 => 0..4_u64 << TICK,
        4 => magnitude,
        2 => edge,
        1 => Just(0),
        1 => Just(u64::MAX),
    ]
}

fn deadline() -> impl Strategy<Value = Deadline> {
    prop_oneof![
        2 => nanos().prop_map(Deadline::At),
        4 => nanos().prop_map(Deadline::In),
        1 => nanos().prop_map(Deadline::Ago),
        3 => any::<Index>().prop_map(Deadline::As),
    ]
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        8 => deadline().prop_map(Step::Insert),
        3 => any::<Index>().prop_map(Step::Remove),
        1 => any::<Index>().prop_map(Step::Change),
        2 => (nanos(), 0..8_usize).prop_map(|(time, left)| Step::Pop(time, left)),
        1 => (nanos(), deadline()).prop_map(|(time, new)| Step::Turn(time, new)),
    ];
    vec(step, 0..120)
}

/// The timers, and what they should be: the value and the slot's key by deadline and number.
#[derive(Default)]
struct Both {
    timers: Timers<u32>,
    model: BTreeMap<(u64, u64), (TimerKey, u32)>,
    /// Every key that was ever given out, with its place in the model.
    keys: Vec<(TimerKey, (u64, u64))>,
    /// The deadlines of those taken out: only these may wake for nothing.
    removed: BTreeSet<u64>,
    now: u64,
}

impl Both {
    fn insert(&mut self, deadline: &Deadline) {
        let deadline = match *deadline {
            Deadline::At(time) => time,
            Deadline::In(time) => self.now.saturating_add(time),
            Deadline::Ago(time) => self.now.saturating_sub(time),
            Deadline::As(ref index) if self.keys.is_empty() => index.index(9) as u64,
            Deadline::As(ref index) => index.get(&self.keys).1.0,
        };
        let number = self.keys.len();
        let key = self.timers.insert(deadline, number as u32);
        let place = (deadline, number as u64);
        self.model.insert(place, (key, number as u32));
        self.keys.push((key, place));
    }

    fn remove(&mut self, index: &Index) {
        if self.keys.is_empty() {
            return;
        }
        let &(key, place) = index.get(&self.keys);
        let value = self.model.remove(&place).map(|(_, value)| value);
        assert_eq!(self.timers.remove(key), value);
        assert_eq!(self.timers.remove(key), None);
        self.removed.insert(place.0);
    }

    fn change(&mut self, index: &Index) {
        if self.keys.is_empty() {
            return;
        }
        let &(key, place) = index.get(&self.keys);
        let mut expected = self.model.get_mut(&place).map(|(_, value)| value);
        let mut value = self.timers.get_mut(key);
        assert_eq!(value, expected);
        if let (Some(value), Some(expected)) = (&mut value, &mut expected) {
            **value ^= 1 << 31;
            **expected ^= 1 << 31;
        }
    }

    /// The first in the model, if it is due.
    fn first_due(&self) -> Option<(u64, u64)> {
        let (&place, _) = self.model.first_key_value()?;
        (place.0 <= self.now).then_some(place)
    }

    fn pop(&mut self) -> bool {
        let expected = self.first_due().and_then(|place| self.model.remove(&place));
        assert_eq!(self.timers.pop_due(self.now), expected);
        if expected.is_none()
            && let Some(next) = self.timers.next_deadline()
        {
            // Else the loop would not sleep.
            assert!(next > self.now, "{next} is not after {}", self.now);
        }
        expected.is_some()
    }

    fn turn(&mut self, new: &Deadline) {
        let mark = self.timers.mark();
        let put_in = self.keys.len() as u64;
        loop {
            let due = self.first_due().filter(|&(_, number)| number < put_in);
            let expected = due.and_then(|place| self.model.remove(&place));
            assert_eq!(self.timers.pop_due_before(self.now, mark), expected);
            if expected.is_none() {
                break;
            }
            self.insert(new);
        }
    }

    fn check(&self) {
        assert_eq!(self.timers.len(), self.model.len());
        let first = self.model.keys().next().map(|place| place.0);
        let next = self.timers.next_deadline();
        if next != first {
            let (next, first) = (next.expect("a time to wake"), first.expect("no timers"));
            assert!(next < first, "{next} is too late for {first}");
            assert!(self.removed.contains(&next), "nobody waited for {next}");
        }
    }
}

fn run(steps: Vec<Step>) {
    let mut both = Both::default();
    for step in steps {
        match step {
            Step::Insert(deadline) => both.insert(&deadline),
            Step::Remove(index) => both.remove(&index),
            Step::Change(index) => both.change(&index),
            Step::Pop(time, left) => {
                both.now = both.now.saturating_add(time);
                for _ in left..both.model.len() {
                    both.pop();
                }
            }
            Step::Turn(time, new) => {
                both.now = both.now.saturating_add(time);
                both.turn(&new);
            }
        }
        both.check();
    }
    both.now = u64::MAX;
    while both.pop() {}
    both.check();
    assert!(both.timers.is_empty());
}

fn config() -> Config {
    Config {
        cases: if cfg!(miri) { 3 } else { 1000 },
        failure_persistence: None,
        max_shrink_iters: 0,
        ..Config::default()
    }
}

proptest! {
    #![proptest_config(Config { max_shrink_iters: 10_000, ..config() })]

    /// FE01, FE06, FE07, F9, F11: whatever is done in whatever order, to any deadline, at any time.
    #[test]
    fn fe01_the_timers_do_what_the_model_says(steps in steps()) {
        run(steps);
    }
}

/// Whether the model catches a mistake, with the same steps every time.
#[cfg(not(miri))]
fn caught(mistake: Mistake) -> bool {
    let random = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(config(), random);
    plant(Some(mistake));
    let outcome = runner.run(&steps(), |steps| {
        run(steps);
        Ok(())
    });
    plant(None);
    outcome.is_err()
}

#[cfg(not(miri))]
#[test]
fn the_model_catches_mistakes() {
    for mistake in [
        Mistake::GoesByTheTickOnly,
        Mistake::LastInFirstOut,
        Mistake::ForgetsTheNumber,
        Mistake::OnlySinks,
        Mistake::ForgetsWhoMoved,
        Mistake::LeavesTheBit,
        Mistake::KeepsTheFirstDeadline,
    ] {
        assert!(caught(mistake), "{mistake:?} was not noticed");
    }
}

/// FE04: bursts of timers, each in buckets of its own, all of them cancelled.
#[test]
fn fe04_what_is_cancelled_leaves_its_memory_to_the_next() {
    const BURST: usize = if cfg!(miri) { 100 } else { 100_000 };
    let capacity_after_bursts = || {
        let mut timers = Timers::new();
        for turn in 0..8 {
            let begin = turn << 34;
            assert!(timers.pop_due(begin).is_none());
            let deadlines = (0..BURST as u64).map(|number| begin + (1 << 36) + (number & 7));
            let keys: Vec<_> = deadlines.map(|time| timers.insert(time, ())).collect();
            for key in keys {
                assert_eq!(timers.remove(key), Some(()));
            }
        }
        timers.wheel.capacity()
    };
    assert!(capacity_after_bursts() < BURST + 15);
    plant(Some(Mistake::LosesChunks));
    let capacity = capacity_after_bursts();
    plant(None);
    assert!(capacity >= 8 * BURST, "the mistake was not noticed");
}
