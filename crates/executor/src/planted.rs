//! Mistakes planted in the cross-thread code, to show that the models in tests/loom catch them. In every other build
//! there is nothing of them: [`planted`] is `false` when compiled.

macro_rules! mistakes {
    ($($(#[$text:meta])* $mistake:ident,)*) => {
        /// A mistake that can be planted.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[cfg_attr(
            not(loom),
            expect(unreachable_pub, reason = "only loom's tests plant mistakes")
        )]
        #[doc(hidden)]
        pub enum Mistake {
            $($(#[$text])* $mistake,)*
        }

        #[cfg(loom)]
        impl Mistake {
            /// All of them.
            #[doc(hidden)]
            pub const ALL: &[Self] = &[$(Self::$mistake,)*];
        }
    };
}

mistakes! {
    /// The waker does not rouse an executor that sleeps.
    NoNotify,
    /// The executor goes to sleep without another look into its inbox.
    SleepsWithoutALook,
    /// The waker forgets the ticket if the executor is awake.
    DropsTheTicketOfOneAwake,
    /// Every wake from elsewhere makes an entry.
    KeepsDuplicates,
    /// A wake that is taken for a duplicate orders nothing.
    #[cfg(loom)]
    TakesNoLockForADuplicate,
    /// A ticket once seen is taken for a duplicate for ever.
    NeverForgetsWhatItSaw,
    /// A ticket is taken for a duplicate of one of the task that had the slot before.
    MarksSlotsNotTasks,
    /// A ticket is taken for a duplicate of a later one, of a task that is over.
    MarksForWhatIsOver,
    /// A ticket wakes whatever task has the slot now.
    WakesSlotsNotTasks,
    /// All letters but the first are lost.
    TakesOneLetter,
    /// The letters are read from the last to the first.
    TakesTheLastFirst,
    /// The inbox goes on taking tickets after shutdown.
    TakesTicketsAfterTheEnd,
    /// What came before shutdown is kept.
    KeepsLettersAtTheEnd,
    /// An abort is dropped if a wake of the same task is there.
    TakesAbortForADuplicate,
    /// An abort only wakes.
    TakesAbortForAWake,
    /// An abort goes to whoever has the executor's number now.
    AbortsByNumber,
    /// A sleep is announced though there are tickets.
    AnnouncesWithoutALook,
    /// The look and the announcement are not one step.
    AnnouncesInTwoSteps,
    /// What is there from elsewhere is no work.
    LooksAtItsQueueAlone,
    /// An announced sleep is ended by each letter, not by the first alone.
    RousesForEachLetter,
    /// Also who is awake is roused.
    RousesTheAwake,
    /// A turn does not take the announcement back.
    StaysAsleepThroughATurn,
    /// `unpark` is called with the lock held.
    UnparksUnderTheLock,
    /// A ticket of another executor is taken for one's own.
    TakesEveryTicketForItsOwn,
    /// An executor that is gone stays in the registry.
    StaysInTheRegistry,
    /// A number that is free is given to two.
    GivesANumberTwice,
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
