use std::cell::{Cell, RefCell};
use std::fmt;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

/// A channel for one value, between tasks of one thread.
///
/// ```
/// executor::block_on(async {
///     let (sender, receiver) = executor::oneshot();
///     drop(executor::spawn(async { sender.send("done").unwrap() }));
///     assert_eq!(receiver.await, Ok("done"));
/// });
/// ```
pub fn oneshot<T>() -> (OneSender<T>, OneReceiver<T>) {
    let shared = Rc::new(Shared {
        state: RefCell::new(State::Waiting),
        waker: Cell::new(None),
    });
    (OneSender(shared.clone()), OneReceiver(shared))
}

struct Shared<T> {
    state: RefCell<State<T>>,
    waker: Cell<Option<Waker>>,
}

enum State<T> {
    Waiting,
    Sent(T),
    /// One end is gone, or the value was taken.
    Closed,
}

impl<T> Shared<T> {
    fn close(&self) {
        // Bound first: what is in it is dropped outside the borrow.
        let before = self.state.replace(State::Closed);
        drop(before);
    }
}

/// Sends the value. Dropped without it, it tells the receiver that none will come.
pub struct OneSender<T>(Rc<Shared<T>>);

/// A future that gives the value.
///
/// # Panics
///
/// It does not: polled after it gave its result, it says [`Closed`].
pub struct OneReceiver<T>(Rc<Shared<T>>);

/// The sender was dropped and had sent nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closed;

impl<T> OneSender<T> {
    /// Sends the value and wakes the receiver.
    ///
    /// # Errors
    ///
    /// Gives the value back if the receiver is gone.
    pub fn send(self, value: T) -> Result<(), T> {
        let mut state = self.0.state.borrow_mut();
        if matches!(*state, State::Closed) {
            return Err(value);
        }
        // What is overwritten is `Waiting`: nothing of others is dropped here.
        *state = State::Sent(value);
        drop(state);
        Ok(())
    }

    /// Whether the receiver is gone: nobody wants the value any more.
    pub fn is_closed(&self) -> bool {
        matches!(*self.0.state.borrow(), State::Closed)
    }
}

impl<T> Drop for OneSender<T> {
    fn drop(&mut self) {
        if matches!(*self.0.state.borrow(), State::Waiting) {
            self.0.close();
        }
        if let Some(waker) = self.0.waker.take() {
            waker.wake();
        }
    }
}

impl<T> Future for OneReceiver<T> {
    type Output = Result<T, Closed>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.0.state.borrow_mut();
        if matches!(*state, State::Waiting) {
            drop(state);
            let newest = match self.0.waker.take() {
                Some(waiting) if waiting.will_wake(cx.waker()) => waiting,
                _ => cx.waker().clone(),
            };
            drop(self.0.waker.replace(Some(newest)));
            return Poll::Pending;
        }
        match std::mem::replace(&mut *state, State::Closed) {
            State::Sent(value) => Poll::Ready(Ok(value)),
            State::Waiting | State::Closed => Poll::Ready(Err(Closed)),
        }
    }
}

impl<T> Drop for OneReceiver<T> {
    fn drop(&mut self) {
        drop(self.0.waker.take());
        self.0.close();
    }
}

impl<T> fmt::Debug for OneSender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OneSender")
    }
}

impl<T> fmt::Debug for OneReceiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OneReceiver")
    }
}

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the sender was dropped and had sent nothing")
    }
}

impl std::error::Error for Closed {}
