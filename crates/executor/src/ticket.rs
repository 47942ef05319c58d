//! A waker that is a number.

use std::ptr;
use std::task::{RawWaker, RawWakerVTable, Waker};

use crate::current;

const SLOT_BITS: u32 = 26;
const GENERATION_BITS: u32 = 22;

/// The most slots that one executor may have.
pub(crate) const SLOTS: u32 = 1 << SLOT_BITS;

/// A slot that has had this generation is not used again.
pub(crate) const LAST_GENERATION: u32 = (1 << GENERATION_BITS) - 1;

const _: () = assert!(usize::BITS == 64, "a ticket is packed into 64 bits");

/// Which task of which executor, in one word:
///
/// ```text
/// 63            48 47              26 25                  0
/// │ executor's id │ slot's generation │ slot in the executor │
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Ticket(u64);

impl Ticket {
    pub(crate) fn new(executor: u16, generation: u32, slot: u32) -> Self {
        debug_assert!(slot < SLOTS && generation <= LAST_GENERATION);
        let executor = u64::from(executor) << (SLOT_BITS + GENERATION_BITS);
        Self(executor | u64::from(generation) << SLOT_BITS | u64::from(slot))
    }

    pub(crate) fn executor(self) -> u16 {
        (self.0 >> (SLOT_BITS + GENERATION_BITS)) as u16
    }

    pub(crate) fn generation(self) -> u32 {
        (self.0 >> SLOT_BITS) as u32 & LAST_GENERATION
    }

    pub(crate) fn slot(self) -> u32 {
        self.0 as u32 & (SLOTS - 1)
    }

    /// The waker of this task. To make it, clone it and drop it costs nothing.
    #[allow(
        unsafe_code,
        reason = "a waker that holds a number can be made in no other way"
    )]
    pub(crate) fn waker(self) -> Waker {
        let data = ptr::without_provenance(self.0 as usize);
        // SAFETY: `data` is a number. No function of the table dereferences it, so there is nothing that could be
        // freed too early, too late, or twice; all are plain functions that any thread may call.
        unsafe { Waker::new(data, &TABLE) }
    }
}

// A static, not a const: `Waker::will_wake` compares its address.
static TABLE: RawWakerVTable = RawWakerVTable::new(clone, wake, wake, forget);

fn clone(data: *const ()) -> RawWaker {
    RawWaker::new(data, &TABLE)
}

fn wake(data: *const ()) {
    current::wake(Ticket(data.addr() as u64));
}

fn forget(_: *const ()) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_gives_back_what_was_packed() {
        for executor in [0, 1, u16::MAX] {
            for generation in [0, 1, LAST_GENERATION] {
                for slot in [0, 1, SLOTS - 1] {
                    let ticket = Ticket::new(executor, generation, slot);
                    assert_eq!(ticket.executor(), executor);
                    assert_eq!(ticket.generation(), generation);
                    assert_eq!(ticket.slot(), slot);
                }
            }
        }
    }
}
