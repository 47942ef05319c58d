//! Request A, cut by hand at the place where it waits.

use std::mem;
use std::pin::Pin;

use co::{Coroutine, CoroutineState};
use slow_server::Address;
use timeline::tell;

/// Request A as a value: what it must remember, at each place where it can stand.
#[derive(Debug)]
pub enum RequestA {
    /// Not begun: its arguments.
    Unstarted {
        /// Whose request this is.
        name: &'static str,
        /// Whom to ask.
        server: Address,
    },
    /// Waits for the reply: the one local that is still needed after it.
    Waiting {
        /// Whose request this is.
        name: &'static str,
    },
    /// Over: nothing.
    Done,
}

impl RequestA {
    /// A request that has not begun.
    #[must_use]
    pub fn new(name: &'static str, server: Address) -> RequestA {
        RequestA::Unstarted { name, server }
    }
}

impl Coroutine<String> for RequestA {
    type Yield = ();
    type Return = ();

    /// From the beginning to the wait.
    fn start(mut self: Pin<&mut Self>) -> CoroutineState<(), ()> {
        let RequestA::Unstarted { name, server } = mem::replace(&mut *self, RequestA::Done) else {
            panic!("A was started before")
        };
        tell(format!("{name} begins"));
        long_io(server);
        *self = RequestA::Waiting { name };
        CoroutineState::Yielded(())
    }

    /// From the wait to the end.
    fn resume(mut self: Pin<&mut Self>, reply: String) -> CoroutineState<(), ()> {
        let RequestA::Waiting { name } = mem::replace(&mut *self, RequestA::Done) else {
            panic!("A does not wait for a reply")
        };
        tell(format!("{name} resumed with {reply:?}"));
        tell(format!("{name} leaves"));
        CoroutineState::Complete(())
    }
}

/// The I/O of lesson 2. Its callback: resume whoever is in the slot.
pub fn long_io(server: Address) {
    lesson_02_callback::long_io(server, crate::resume);
}
