//! The timers of later ticks: a wheel of buckets.

use super::lists::{List, Lists, Waiting};
use super::planted::{Mistake, planted};
use super::slots::Slots;

/// The nanoseconds of a tick: 2^17, about 0.13 ms.
pub(super) const TICK: u32 = 17;
/// A level has 2^8 buckets, one for each value of a digit.
const DIGIT: u32 = 8;
const DIGITS: u64 = 1 << DIGIT;
/// The number of a tick has 47 bits: six digits.
const LEVELS: usize = 6;

pub(super) struct Wheel {
    /// The number of the tick up to which all buckets were opened. What is in the wheel is later.
    now: u64,
    /// Which buckets are not empty: a bit for each.
    occupied: [u64; LEVELS << DIGIT >> 6],
    /// Level by level, as many levels as were needed until now.
    buckets: Vec<Bucket>,
    lists: Lists,
}

#[derive(Clone)]
struct Bucket {
    /// Its timers, in no order.
    list: List,
    /// The first of the deadlines put in since it was empty.
    first: u64,
}

impl Wheel {
    pub(super) const fn new() -> Self {
        Self {
            now: 0,
            occupied: [0; LEVELS << DIGIT >> 6],
            buckets: Vec::new(),
            lists: Lists::new(),
        }
    }

    /// Puts a timer into its bucket. False if its tick has begun: then it is not for the wheel.
    pub(super) fn push<T>(&mut self, timer: Waiting, slots: &mut Slots<T>) -> bool {
        let Waiting { deadline, slot } = timer;
        let tick = deadline >> TICK;
        if tick <= self.now {
            return false;
        }
        // The first digit in which it is not now.
        let level = (tick ^ self.now).ilog2() / DIGIT;
        let digit = (tick >> (level * DIGIT)) % DIGITS;
        let number = u64::from(level) * DIGITS + digit;
        let index = number as usize;
        if index >= self.buckets.len() {
            let (list, first) = (List::EMPTY, 0);
            let buckets = (level as usize + 1) << DIGIT;
            self.buckets.resize(buckets, Bucket { list, first });
        }
        let bucket = &mut self.buckets[index];
        let first = bucket.list.is_empty();
        if first || deadline < bucket.first && !planted(Mistake::KeepsTheFirstDeadline) {
            bucket.first = deadline;
        }
        let place = self.lists.push(&mut bucket.list, timer);
        slots.moved(slot, number as u32, place);
        self.occupied[index / 64] |= 1 << (index % 64);
        true
    }

    /// Takes a timer out of its bucket.
    pub(super) fn remove<T>(&mut self, bucket: u32, index: u32, slots: &mut Slots<T>) {
        let list = &mut self.buckets[bucket as usize].list;
        if let Some(moved) = self.lists.remove(list, index)
            && !planted(Mistake::ForgetsWhoMoved)
        {
            slots.moved(moved.slot, bucket, index);
        }
        if list.is_empty() && !planted(Mistake::LeavesTheBit) {
            self.occupied[bucket as usize / 64] &= !(1 << (bucket % 64));
        }
    }

    /// The first bucket that is not empty, and the tick at which it begins.
    fn first(&self) -> Option<(usize, u64)> {
        let word = self.occupied.iter().position(|&word| word != 0)?;
        let bucket = word * 64 + self.occupied[word].trailing_zeros() as usize;
        let (level, digit) = (bucket as u32 / DIGITS as u32, bucket as u64 % DIGITS);
        // The digits before it are those of now, those after it are zero.
        let shift = level * DIGIT;
        let before = self.now >> shift >> DIGIT << DIGIT;
        Some((bucket, (before | digit) << shift))
    }

    /// No deadline is earlier.
    pub(super) fn next_deadline(&self) -> Option<u64> {
        let (bucket, _) = self.first()?;
        Some(self.buckets[bucket].first)
    }

    /// Opens the first bucket, if it begins not after `time`: all its timers are to be [taken](Self::take) and put in
    /// anew. One jump leads there, however far it is.
    pub(super) fn open(&mut self, time: u64) -> Option<usize> {
        let tick = time >> TICK;
        let Some((bucket, begin)) = self.first().filter(|&(_, begin)| begin <= tick) else {
            // Nobody has to move: each timer's tick still differs first at the same digit from the one that it is now.
            self.now = self.now.max(tick);
            return None;
        };
        self.now = begin;
        self.occupied[bucket / 64] &= !(1 << (bucket % 64));
        Some(bucket)
    }

    /// Takes a timer of a bucket that is open. None of them goes into the same bucket again.
    pub(super) fn take(&mut self, bucket: usize) -> Option<Waiting> {
        self.lists.pop(&mut self.buckets[bucket].list)
    }

    /// For how many timers there is memory.
    #[cfg(test)]
    pub(super) fn capacity(&self) -> usize {
        self.lists.capacity()
    }
}
