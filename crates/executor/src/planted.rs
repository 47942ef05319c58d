//! Mistakes planted in the cross-thread code, to show that the models in tests/loom.rs catch them. In every other
//! build there is nothing of them: [`planted`] is `false` when compiled.

/// A mistake that can be planted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    not(loom),
    expect(unreachable_pub, reason = "only loom's tests plant mistakes")
)]
#[doc(hidden)]
pub enum Mistake {
    /// The waker does not rouse an executor that sleeps.
    NoNotify,
    /// The executor goes to sleep without another look into its inbox.
    SleepsWithoutALook,
    /// The waker forgets the ticket if the executor is awake.
    DropsTheTicketOfOneAwake,
    /// Every wake from elsewhere makes an entry.
    KeepsDuplicates,
    /// A ticket once seen is taken for a duplicate for ever.
    NeverForgetsWhatItSaw,
    /// The inbox goes on taking tickets after shutdown.
    TakesTicketsAfterTheEnd,
    /// An abort is dropped if a wake of the same task is there.
    TakesAbortForADuplicate,
    /// A sleep is announced though there are tickets.
    AnnouncesWithoutALook,
}

#[cfg(loom)]
std::thread_local! {
    // All threads of a model run on the one thread that runs the test.
    static PLANTED: std::cell::Cell<Option<Mistake>> = const { std::cell::Cell::new(None) };
}

/// Plants `mistake` in all that the tests of this thread run from now on; `None` takes it out.
#[cfg(loom)]
#[doc(hidden)]
pub fn plant(mistake: Option<Mistake>) {
    PLANTED.set(mistake);
}

#[cfg(loom)]
pub(crate) fn planted(mistake: Mistake) -> bool {
    PLANTED.get() == Some(mistake)
}

#[cfg(not(loom))]
pub(crate) const fn planted(_: Mistake) -> bool {
    false
}
