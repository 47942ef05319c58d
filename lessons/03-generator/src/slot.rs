//! The one global slot where A is kept while it waits.

use std::mem;
use std::pin::Pin;

use co::{Coroutine, CoroutineState};
use timeline::{Mutex, holds, request, tell};

/// Any coroutine that is resumed with a reply.
type Kept = Pin<Box<dyn Coroutine<String, Yield = (), Return = ()> + Send>>;

enum Slot {
    Empty,
    Running,
    Suspended(Kept),
}

static SLOT: Mutex<Slot> = Mutex::new(Slot::Empty);

/// Starts A, and keeps it if it waits for something. The slot is not locked while A runs.
pub fn start(a: impl Coroutine<String, Yield = (), Return = ()> + Send + 'static) {
    let mut a: Kept = Box::pin(a);
    *SLOT.lock() = Slot::Running;
    let state = a.as_mut().start();
    keep(a, state);
}

/// Resumes A with the reply, on this thread, if A is in the slot.
pub fn resume(reply: String) {
    let mut slot = SLOT.lock();
    match mem::replace(&mut *slot, Slot::Running) {
        Slot::Suspended(mut a) => {
            drop(slot);
            let state = a.as_mut().resume(reply);
            keep(a, state);
        }
        Slot::Running => tell(format!("{reply:?} finds A running and is lost")),
        Slot::Empty => {
            *slot = Slot::Empty;
            tell(format!("{reply:?} finds nobody and is lost"));
        }
    }
}

fn keep(a: Kept, state: CoroutineState<(), ()>) {
    let mut slot = SLOT.lock();
    *slot = match state {
        CoroutineState::Yielded(()) => {
            tell(format!("{} suspended", request()));
            holds(size_of_val(&*a));
            Slot::Suspended(a)
        }
        CoroutineState::Complete(()) => Slot::Empty,
    };
}
