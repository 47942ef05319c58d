//! So many at a time, the others in a queue.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use executor::{OneSender, oneshot};

/// Places, handed out in the order in which they were asked for.
pub(super) struct Slots {
    free: Cell<usize>,
    waiting: RefCell<VecDeque<OneSender<Slot>>>,
}

/// A place. Dropped, it goes to who waits longest.
pub(super) struct Slot(Option<Rc<Slots>>);

impl Slots {
    pub(super) fn new(count: usize) -> Rc<Self> {
        Rc::new(Self {
            free: Cell::new(count),
            waiting: RefCell::default(),
        })
    }

    fn queue(&self, sender: OneSender<Slot>) {
        let mut waiting = self.waiting.borrow_mut();
        // Those who went away while they waited.
        while waiting.front().is_some_and(OneSender::is_closed) {
            waiting.pop_front();
        }
        waiting.push_back(sender);
    }

    /// Waits for a place; asks for it at the first poll. Dropped before, it asks no more.
    pub(super) async fn take(self: Rc<Self>) -> Slot {
        if self.free.get() > 0 {
            self.free.set(self.free.get() - 1);
            return Slot(Some(self));
        }
        let (sender, receiver) = oneshot();
        self.queue(sender);
        receiver
            .await
            .expect("the slots are there as long as this is")
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let Some(slots) = self.0.take() else {
            return;
        };
        loop {
            let next = slots.waiting.borrow_mut().pop_front();
            let Some(next) = next else {
                slots.free.set(slots.free.get() + 1);
                return;
            };
            match next.send(Slot(Some(slots.clone()))) {
                Ok(()) => return,
                // It has gone. This place is not to be given back a second time.
                Err(mut slot) => drop(slot.0.take()),
            }
        }
    }
}
