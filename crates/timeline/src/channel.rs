//! A channel whose sends and receives are steps of the story.

use std::panic::Location;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};

pub use std::sync::mpsc::{RecvError, SendError};

use crate::schedule::Step;
use crate::stage::explored;

/// What an explorer must know of a channel: whether a receive would wait.
#[derive(Debug)]
pub(crate) struct Readiness {
    queued: AtomicUsize,
    senders: AtomicUsize,
}

impl Readiness {
    pub(crate) fn is_ready(&self) -> bool {
        self.queued.load(Ordering::Acquire) > 0 || self.senders.load(Ordering::Acquire) == 0
    }
}

/// [`std::sync::mpsc::channel`], but an [`Explorer`](crate::Explorer) tries every order in
/// which threads can send and receive.
///
/// ```
/// let (sender, receiver) = timeline::channel();
/// sender.send(1)?;
/// assert_eq!(receiver.recv(), Ok(1));
/// # Ok::<(), timeline::SendError<i32>>(())
/// ```
#[must_use]
#[track_caller]
pub fn channel<T>() -> (Sender<T>, Receiver<T>) {
    let (sender, receiver) = mpsc::channel();
    let readiness = Arc::new(Readiness {
        queued: AtomicUsize::new(0),
        senders: AtomicUsize::new(1),
    });
    let sender = Sender {
        inner: sender,
        readiness: readiness.clone(),
    };
    let inner = receiver;
    let made = Location::caller();
    (
        sender,
        Receiver {
            inner,
            readiness,
            made,
        },
    )
}

/// The end that sends. Clones send to the same receiver.
#[derive(Debug)]
pub struct Sender<T> {
    inner: mpsc::Sender<T>,
    readiness: Arc<Readiness>,
}

impl<T> Sender<T> {
    /// Sends without waiting.
    ///
    /// # Errors
    ///
    /// The value back, if the receiver is gone.
    #[track_caller]
    pub fn send(&self, value: T) -> Result<(), SendError<T>> {
        if let Some(me) = explored() {
            me.schedule()
                .wait_for(me.id, Step::Send, Location::caller());
        }
        self.inner.send(value)?;
        self.readiness.queued.fetch_add(1, Ordering::Release);
        Ok(())
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Sender<T> {
        self.readiness.senders.fetch_add(1, Ordering::Relaxed);
        Sender {
            inner: self.inner.clone(),
            readiness: self.readiness.clone(),
        }
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        self.readiness.senders.fetch_sub(1, Ordering::Release);
    }
}

/// The end that receives.
#[derive(Debug)]
pub struct Receiver<T> {
    inner: mpsc::Receiver<T>,
    readiness: Arc<Readiness>,
    /// Where the channel was made: a drop has no place of its own.
    made: &'static Location<'static>,
}

/// A step: a send before it arrives, a send after it does not.
impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        // Nobody can send any more: no difference to be seen.
        if self.readiness.senders.load(Ordering::Acquire) > 0
            && let Some(me) = explored()
        {
            me.schedule().wait_for(me.id, Step::Pass, self.made);
        }
    }
}

impl<T> Receiver<T> {
    /// Waits for the next value.
    ///
    /// # Errors
    ///
    /// If nothing is left and every sender is gone.
    #[track_caller]
    pub fn recv(&self) -> Result<T, RecvError> {
        if let Some(me) = explored() {
            let step = Step::Receive(self.readiness.clone());
            me.schedule().wait_for(me.id, step, Location::caller());
        }
        let value = self.inner.recv()?;
        self.readiness.queued.fetch_sub(1, Ordering::Relaxed);
        Ok(value)
    }
}
