//! What is due when.
//!
//! A timer is in one of two places: in the heap if its tick has begun, else in the wheel, in a bucket that is put in
//! order no sooner than it has to be. The picture is in the README.
//!
//! What is moved about there is no more than a deadline and the number of a slot, in which the value stands still. The
//! slot knows where that is, so any timer can be taken out without a search.

mod due;
mod lists;
mod planted;
mod slots;
#[cfg(test)]
mod tests;
mod wheel;

use std::fmt;

use due::{DUE, Due};
use lists::Waiting;
use slots::{Entry, Slots};
use wheel::Wheel;

/// Values that wait, each for its deadline.
///
/// Time is a number of nanoseconds on a clock of the caller's, who says what time it is. Every `u64` is a deadline.
/// What is due comes out in the order of the deadlines, and of two with the same deadline the one that was put in
/// first: exactly, however near to each other they are. (Tornado 4.5 promises the same; tokio promises no order within
/// a millisecond.)
///
/// To put one in and to take it out takes the same time however many there are; to have it come out, as well, but that it
/// is put in order among those of the same 0.13 ms. No memory is allocated for a timer that takes the place of another.
/// The memory of the values is kept for others, for as many as there ever were at once.
///
/// ```
/// use reactor::Timers;
///
/// let mut timers = Timers::new();
/// let tea = timers.insert(180_000_000_000, "tea");
/// timers.insert(5, "blink");
/// assert_eq!(timers.next_deadline(), Some(5));
/// assert_eq!(timers.pop_due(7).unwrap().1, "blink");
/// assert_eq!(timers.remove(tea), Some("tea"));
/// assert_eq!(timers.remove(tea), None);
/// assert!(timers.is_empty());
/// ```
pub struct Timers<T> {
    slots: Slots<T>,
    /// Those whose tick has begun.
    due: Due,
    /// Those of later ticks.
    wheel: Wheel,
    inserted: u64,
}

/// Names a timer of the [`Timers`] that gave it. It goes on naming that one, and no other, after the timer is gone.
///
/// It is the slot of the timer, and how many timers had been put in before it: a number that never comes again, and so
/// tells apart those who had the same slot (its *generation*).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TimerKey {
    number: u64,
    slot: u32,
}

/// A moment in the life of some [`Timers`]; made by [`Timers::mark`].
#[derive(Clone, Copy, Debug)]
pub struct Mark(u64);

impl<T> Timers<T> {
    /// No timers, and no memory.
    pub const fn new() -> Self {
        Self {
            slots: Slots::new(),
            due: Due::new(),
            wheel: Wheel::new(),
            inserted: 0,
        }
    }

    /// Puts in `value`, due at `deadline`: nanoseconds on the caller's clock. A deadline that is past is due at once.
    ///
    /// # Panics
    ///
    /// There are 2,147,483,648 timers already.
    pub fn insert(&mut self, deadline: u64, value: T) -> TimerKey {
        let number = self.inserted;
        let slot = self.slots.insert(number, value);
        self.inserted += 1;
        self.place(Waiting { deadline, slot });
        TimerKey { number, slot }
    }

    fn place(&mut self, timer: Waiting) {
        if !self.wheel.push(timer, &mut self.slots) {
            let entry = self.slots.entry(timer.deadline, timer.slot);
            self.due.push(entry, &mut self.slots);
        }
    }

    /// Takes a timer out, and gives its value. `None` if it was given out already.
    pub fn remove(&mut self, key: TimerKey) -> Option<T> {
        let place = self.slots.place(key.slot, key.number)?;
        match place.list {
            DUE => self.due.remove(place.index, &mut self.slots),
            bucket => self.wheel.remove(bucket, place.index, &mut self.slots),
        }
        self.slots.remove(key.slot)
    }

    /// The value of a timer, to change it where it is. `None` if it was given out already.
    pub fn get_mut(&mut self, key: TimerKey) -> Option<&mut T> {
        self.slots.get_mut(key.slot, key.number)
    }

    /// A time before which nothing is due, to sleep until; `None` if there are no timers.
    ///
    /// Never later than the first deadline. It is earlier only if the timer it was for has been taken out since: then
    /// [`pop_due`](Self::pop_due) gives nothing at that time, and the next answer is later.
    pub fn next_deadline(&self) -> Option<u64> {
        match self.due.first() {
            Some(entry) => Some(entry.deadline),
            None => self.wheel.next_deadline(),
        }
    }

    /// The first timer, if its deadline is not after `now`. It is in the heap then.
    fn first_due(&mut self, now: u64) -> Option<Entry> {
        // What is in the wheel is later than all that is in the heap.
        while self.due.first().is_none() {
            let opened = self.wheel.open(now)?;
            while let Some(timer) = self.wheel.take(opened) {
                self.place(timer);
            }
        }
        self.due.first().filter(|entry| entry.deadline <= now)
    }

    /// Takes out the first timer whose deadline is not after `now`, and gives its key and value.
    ///
    /// Call it until it gives `None`. What is put in meanwhile and is due is given, too; so a caller who may put in
    /// without end has to bound the calls. `now` may be earlier than in the call before, it changes nothing.
    pub fn pop_due(&mut self, now: u64) -> Option<(TimerKey, T)> {
        self.pop_due_before(now, Mark(u64::MAX))
    }

    /// Parts the timers that are in from those that will be put in, for [`pop_due_before`](Self::pop_due_before).
    pub fn mark(&self) -> Mark {
        Mark(self.inserted)
    }

    /// As [`pop_due`](Self::pop_due), but gives `None`, too, if the first was put in after `mark` was made: so a loop
    /// that takes out all that is due ends, though what it calls may put in without end.
    ///
    /// What is put in with a deadline before `now` meanwhile goes before those that are due and not out yet: they wait
    /// for the next loop then. Where that is not wanted, put it in with `now`.
    pub fn pop_due_before(&mut self, now: u64, mark: Mark) -> Option<(TimerKey, T)> {
        let Entry { number, slot, .. } = self.first_due(now)?;
        if number >= mark.0 {
            return None;
        }
        self.due.remove(0, &mut self.slots);
        let value = self.slots.remove(slot)?;
        Some((TimerKey { number, slot }, value))
    }

    /// How many timers there are.
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<T> Default for Timers<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> fmt::Debug for Timers<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Timers")
            .field("len", &self.len())
            .field("next_deadline", &self.next_deadline())
            .finish_non_exhaustive()
    }
}
