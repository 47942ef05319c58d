//! What is due when.

use std::collections::BTreeMap;

/// Values that wait, each for its deadline.
///
/// Time is a number of nanoseconds on a clock of the caller's, who says what time it is. Every `u64` is a deadline.
/// What is due comes out in the order of the deadlines, and of two with the same deadline the one that was put in
/// first: exactly, however near to each other they are. (Tornado 4.5 promises the same; tokio promises no order within
/// a millisecond.)
///
/// ```
/// use reactor::Timers;
///
/// let mut timers = Timers::new();
/// let tea = timers.insert(180_000_000_000, "tea");
/// timers.insert(5, "blink");
/// assert!(timers.next_deadline() <= Some(5));
/// assert_eq!(timers.pop_due(7).unwrap().1, "blink");
/// assert_eq!(timers.remove(tea), Some("tea"));
/// assert_eq!(timers.remove(tea), None);
/// assert!(timers.is_empty());
/// ```
#[derive(Debug)]
pub struct Timers<T> {
    /// The deadline and the number of the insertion, and the slot of the value.
    order: BTreeMap<(u64, u64), u32>,
    slots: Vec<Slot<T>>,
    free: Vec<u32>,
    inserted: u64,
}

#[derive(Debug)]
struct Slot<T> {
    generation: u32,
    /// Its place in the order, and the value.
    timer: Option<((u64, u64), T)>,
}

/// Names a timer of the [`Timers`] that gave it. It goes on naming that one, and no other, after the timer is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TimerKey {
    slot: u32,
    generation: u32,
}

/// A moment in the life of some [`Timers`]; made by [`Timers::mark`].
#[derive(Clone, Copy, Debug)]
pub struct Mark(u64);

impl<T> Timers<T> {
    /// No timers, and no memory.
    pub fn new() -> Self {
        Self {
            order: BTreeMap::new(),
            slots: Vec::new(),
            free: Vec::new(),
            inserted: 0,
        }
    }

    /// Puts in `value`, due at `deadline`: nanoseconds on the caller's clock. A deadline that is past is due at once.
    ///
    /// # Panics
    ///
    /// There are 4,294,967,295 timers already.
    pub fn insert(&mut self, deadline: u64, value: T) -> TimerKey {
        let slot = self.free.pop().unwrap_or_else(|| {
            let slot = u32::try_from(self.slots.len()).unwrap_or(u32::MAX);
            assert!(slot < u32::MAX, "at most 4,294,967,295 timers at once");
            self.slots.push(Slot {
                generation: 0,
                timer: None,
            });
            slot
        });
        let place = (deadline, self.inserted);
        self.inserted += 1;
        self.order.insert(place, slot);
        let entry = &mut self.slots[slot as usize];
        entry.timer = Some((place, value));
        TimerKey {
            slot,
            generation: entry.generation,
        }
    }

    /// Takes a timer out, and gives its value. `None` if it was given out already.
    pub fn remove(&mut self, key: TimerKey) -> Option<T> {
        let entry = self.slots.get_mut(key.slot as usize)?;
        if entry.generation != key.generation {
            return None;
        }
        let (place, value) = entry.timer.take()?;
        self.order.remove(&place);
        // A slot that has had its last generation is not used again: a key never means another timer.
        if let Some(next) = entry.generation.checked_add(1) {
            entry.generation = next;
            self.free.push(key.slot);
        }
        Some(value)
    }

    /// The value of a timer, to change it where it is. `None` if it was given out already.
    pub fn get_mut(&mut self, key: TimerKey) -> Option<&mut T> {
        let entry = self.slots.get_mut(key.slot as usize)?;
        if entry.generation != key.generation {
            return None;
        }
        entry.timer.as_mut().map(|(_, value)| value)
    }

    /// A time before which nothing is due, to sleep until; `None` if there are no timers.
    ///
    /// Never later than the first deadline. It may be a little earlier: then [`pop_due`](Self::pop_due) gives nothing
    /// at that time, and the next answer is later.
    pub fn next_deadline(&self) -> Option<u64> {
        self.order.keys().next().map(|&(deadline, _)| deadline)
    }

    /// Takes out the first timer whose deadline is not after `now`, and gives its key and value.
    ///
    /// Call it until it gives `None`. What is put in meanwhile and is due is given, too; so a caller who may put in
    /// without end has to bound the calls. `now` may be earlier than in the call before, it changes nothing.
    pub fn pop_due(&mut self, now: u64) -> Option<(TimerKey, T)> {
        let (&(deadline, _), &slot) = self.order.first_key_value()?;
        if deadline > now {
            return None;
        }
        let generation = self.slots[slot as usize].generation;
        let key = TimerKey { slot, generation };
        let value = self.remove(key)?;
        Some((key, value))
    }

    /// Parts the timers that are in from those that will be put in, for [`pop_due_before`](Self::pop_due_before).
    pub fn mark(&self) -> Mark {
        Mark(self.inserted)
    }

    /// As [`pop_due`](Self::pop_due), but gives `None`, too, if the first was put in after `mark` was made: so a loop
    /// that takes out all that is due ends, though what it calls may put in without end.
    pub fn pop_due_before(&mut self, now: u64, mark: Mark) -> Option<(TimerKey, T)> {
        let (&(_, inserted), _) = self.order.first_key_value()?;
        if inserted >= mark.0 {
            return None;
        }
        self.pop_due(now)
    }

    /// How many timers there are.
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }
}

impl<T> Default for Timers<T> {
    fn default() -> Self {
        Self::new()
    }
}
