use std::cell::RefCell;
use std::collections::VecDeque;
use std::fmt;
use std::mem;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

/// A channel between tasks of one thread that holds at most `capacity` values: who sends more waits, and those who wait
/// are served in order.
///
/// ```
/// executor::block_on(async {
///     let (sender, mut receiver) = executor::channel(2);
///     drop(executor::spawn(async move {
///         for number in 0..5 {
///             sender.send(number).await.unwrap();
///         }
///     }));
///     let mut sum = 0;
///     while let Some(number) = receiver.recv().await {
///         sum += number;
///     }
///     assert_eq!(sum, 10);
/// });
/// ```
///
/// # Panics
///
/// If `capacity` is zero.
pub fn channel<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    assert!(capacity > 0, "a channel holds at least one value");
    let state = Rc::new(RefCell::new(State {
        values: VecDeque::new(),
        capacity,
        waiting: VecDeque::new(),
        next: 0,
        receiver: None,
        senders: 1,
        closed: false,
    }));
    (Sender(state.clone()), Receiver(state))
}

struct State<T> {
    values: VecDeque<T>,
    capacity: usize,
    /// Senders that found no room, by their numbers. There are none unless `values` is full or the channel is closed.
    waiting: VecDeque<Waiting<T>>,
    next: u64,
    receiver: Option<Waker>,
    senders: usize,
    /// The receiver is gone.
    closed: bool,
}

struct Waiting<T> {
    number: u64,
    value: T,
    waker: Waker,
}

impl<T> State<T> {
    fn place(&self, number: u64) -> Option<usize> {
        self.waiting
            .binary_search_by_key(&number, |waiting| waiting.number)
            .ok()
    }
}

/// Sends values; clones send to the same receiver. When the last is dropped, the receiver gets `None`.
pub struct Sender<T>(Rc<RefCell<State<T>>>);

/// Gets the values, in the order in which they were sent.
pub struct Receiver<T>(Rc<RefCell<State<T>>>);

/// The receiver is gone; the value comes back.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SendError<T>(pub T);

/// Why [`Sender::try_send`] did not send; the value comes back.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum TrySendError<T> {
    /// There is no room now.
    Full(T),
    /// The receiver is gone.
    Closed(T),
}

impl<T> Sender<T> {
    /// Sends the value, and waits for room first if there is none. Dropped before that, the value is not sent.
    pub fn send(&self, value: T) -> Sending<'_, T> {
        Sending {
            sender: self,
            stage: Stage::Fresh(value),
        }
    }

    /// Sends the value if there is room.
    ///
    /// # Errors
    ///
    /// Gives the value back if there is none, or nobody who gets it.
    pub fn try_send(&self, value: T) -> Result<(), TrySendError<T>> {
        let mut state = self.0.borrow_mut();
        if state.closed {
            return Err(TrySendError::Closed(value));
        }
        if state.values.len() >= state.capacity {
            return Err(TrySendError::Full(value));
        }
        state.values.push_back(value);
        let receiver = state.receiver.take();
        drop(state);
        if let Some(receiver) = receiver {
            receiver.wake();
        }
        Ok(())
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        self.0.borrow_mut().senders += 1;
        Self(self.0.clone())
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        let mut state = self.0.borrow_mut();
        state.senders -= 1;
        let last = state.senders == 0;
        let receiver = state.receiver.take_if(|_| last);
        drop(state);
        if let Some(receiver) = receiver {
            receiver.wake();
        }
    }
}

/// Made by [`Sender::send`].
#[must_use = "futures do nothing unless awaited"]
pub struct Sending<'s, T> {
    sender: &'s Sender<T>,
    stage: Stage<T>,
}

enum Stage<T> {
    Fresh(T),
    /// The value is with the channel, under this number.
    Waiting(u64),
    Over,
}

// The value is never pinned.
impl<T> Unpin for Sending<'_, T> {}

impl<T> Future for Sending<'_, T> {
    type Output = Result<(), SendError<T>>;

    /// # Panics
    ///
    /// If it is polled again after it gave its result.
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match mem::replace(&mut self.stage, Stage::Over) {
            Stage::Fresh(value) => match self.sender.try_send(value) {
                Ok(()) => Poll::Ready(Ok(())),
                Err(TrySendError::Closed(value)) => Poll::Ready(Err(SendError(value))),
                Err(TrySendError::Full(value)) => {
                    let waker = cx.waker().clone();
                    let mut state = self.sender.0.borrow_mut();
                    let number = state.next;
                    state.next += 1;
                    state.waiting.push_back(Waiting {
                        number,
                        value,
                        waker,
                    });
                    drop(state);
                    self.stage = Stage::Waiting(number);
                    Poll::Pending
                }
            },
            Stage::Waiting(number) => {
                let newest = cx.waker().clone();
                let mut state = self.sender.0.borrow_mut();
                let Some(place) = state.place(number) else {
                    return Poll::Ready(Ok(()));
                };
                if state.closed {
                    let waiting = state.waiting.remove(place);
                    drop(state);
                    let value = waiting.map(|waiting| waiting.value);
                    return Poll::Ready(value.map_or(Ok(()), |value| Err(SendError(value))));
                }
                let older = mem::replace(&mut state.waiting[place].waker, newest);
                drop(state);
                drop(older);
                self.stage = Stage::Waiting(number);
                Poll::Pending
            }
            Stage::Over => panic!("a send was polled after it gave its result"),
        }
    }
}

impl<T> Drop for Sending<'_, T> {
    fn drop(&mut self) {
        if let Stage::Waiting(number) = self.stage {
            let mut state = self.sender.0.borrow_mut();
            let place = state.place(number);
            let taken_back = place.and_then(|place| state.waiting.remove(place));
            drop(state);
            drop(taken_back);
        }
    }
}

impl<T> Receiver<T> {
    /// Waits for the next value; `None` when every sender is gone and no value is left. Dropped before that, it has
    /// taken nothing.
    pub fn recv(&mut self) -> impl Future<Output = Option<T>> {
        std::future::poll_fn(|cx| self.poll_recv(cx))
    }

    /// The next value, if there is one: `Pending` if it has to be waited for, and then the task is woken.
    pub fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<T>> {
        let newest = cx.waker().clone();
        let mut state = self.0.borrow_mut();
        let Some(value) = state.values.pop_front() else {
            if state.senders == 0 {
                return Poll::Ready(None);
            }
            let older = state.receiver.replace(newest);
            drop(state);
            drop(older);
            return Poll::Pending;
        };
        // The room goes to the one who has waited longest, together with its value: nobody can get ahead of it.
        let sent = state.waiting.pop_front().map(|sent| {
            state.values.push_back(sent.value);
            sent.waker
        });
        drop(state);
        if let Some(waker) = sent {
            waker.wake();
        }
        Poll::Ready(Some(value))
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        let mut state = self.0.borrow_mut();
        state.closed = true;
        let values = mem::take(&mut state.values);
        let receiver = state.receiver.take();
        // Their values stay, for them to take back.
        let taken = |each: &mut Waiting<T>| mem::replace(&mut each.waker, Waker::noop().clone());
        let wakers: Vec<Waker> = state.waiting.iter_mut().map(taken).collect();
        drop(state);
        // Before the values are dropped: that is code of others, and may panic.
        wakers.into_iter().for_each(Waker::wake);
        drop((values, receiver));
    }
}

macro_rules! named {
    ($($type:ident$(<$life:lifetime>)? $text:literal),* $(,)?) => {$(
        impl<T> fmt::Debug for $type<$($life,)? T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str($text)
            }
        }
    )*};
}

named!(
    Sender "Sender",
    Receiver "Receiver",
    Sending<'_> "Sending",
    SendError "SendError(..)",
);

impl<T> fmt::Debug for TrySendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full(_) => "Full(..)",
            Self::Closed(_) => "Closed(..)",
        })
    }
}

impl<T> fmt::Display for SendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the receiver is gone")
    }
}

impl<T> fmt::Display for TrySendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full(_) => "there is no room",
            Self::Closed(_) => "the receiver is gone",
        })
    }
}

impl<T> std::error::Error for SendError<T> {}
impl<T> std::error::Error for TrySendError<T> {}
