/// What a loop does, told to a [recorder](crate::IoLoop::record) in the moment it happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A task was made ready, is polled, waits, is over.
    Task(executor::Event),
    /// A source is ready, a timer is due, the thread sleeps or goes on.
    Reactor(reactor::Event),
    /// A function begins that was given to the loop: a callback, a timer's, a handler's.
    CallbackBegins,
    /// It returned, or panicked.
    CallbackEnds,
}
