//! Mistakes planted to show that the tests catch them. In every other build there is nothing of them: [`planted`] is
//! `false` when compiled.

/// A mistake that can be planted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mistake {
    /// What is in one tick comes out as it was put in.
    GoesByTheTickOnly,
    /// Of equal deadlines the last put in comes out first.
    LastInFirstOut,
    /// A key is good for whoever is in its slot.
    ForgetsTheNumber,
    /// What takes a removed one's place in the heap is never moved up.
    OnlySinks,
    /// What takes a removed one's place in a bucket is looked for where it was.
    ForgetsWhoMoved,
    /// A bucket emptied by removals counts as one with timers.
    LeavesTheBit,
    /// The time to wake is that of the first put in.
    KeepsTheFirstDeadline,
    /// A chunk that is empty is used by nobody again.
    LosesChunks,
}

#[cfg(test)]
thread_local! {
    static PLANTED: std::cell::Cell<Option<Mistake>> = const { std::cell::Cell::new(None) };
}

/// Plants `mistake` in all that this thread does from now on; `None` takes it out.
#[cfg(test)]
pub(super) fn plant(mistake: Option<Mistake>) {
    PLANTED.set(mistake);
}

#[cfg(test)]
pub(super) fn planted(mistake: Mistake) -> bool {
    PLANTED.get() == Some(mistake)
}

#[cfg(not(test))]
pub(super) const fn planted(_: Mistake) -> bool {
    false
}
