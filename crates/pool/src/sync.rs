//! Where the lock, the counted pointer and the queue come from: std and crossbeam, or loom, which tries every
//! interleaving.

#[cfg(loom)]
pub(crate) use self::modelled::{Receiver, Sender, queue};
#[cfg(loom)]
pub(crate) use loom::{
    sync::{Arc, Mutex, MutexGuard},
    thread::{ThreadId, current},
};
#[cfg(not(loom))]
pub(crate) use std::{
    sync::{Arc, Mutex, MutexGuard},
    thread::{ThreadId, current},
};

#[cfg(not(loom))]
pub(crate) use self::real::{Receiver, Sender, queue};

/// Locks. No code of a user runs under a lock of this crate, so none is ever poisoned.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex
        .lock()
        .expect("no code of a user runs under this lock")
}

/// What came of waiting for something in the queue.
pub(crate) enum Received<T> {
    Item(T),
    /// Nothing came in time.
    Nothing,
    /// Nothing is there and nothing will come: the sender is gone.
    Closed,
}

#[cfg(not(loom))]
mod real {
    use std::time::Duration;

    use crossbeam_channel::RecvTimeoutError;

    use super::Received;

    pub(crate) struct Sender<T>(crossbeam_channel::Sender<T>);
    pub(crate) struct Receiver<T>(crossbeam_channel::Receiver<T>);

    pub(crate) fn queue<T>() -> (Sender<T>, Receiver<T>) {
        let (sender, receiver) = crossbeam_channel::unbounded();
        (Sender(sender), Receiver(receiver))
    }

    impl<T> Sender<T> {
        /// Never waits. The receiver lives as long as the sender.
        pub(crate) fn send(&self, item: T) {
            let _ = self.0.send(item);
        }
    }

    impl<T> Receiver<T> {
        pub(crate) fn wait(&self, at_most: Duration) -> Received<T> {
            match self.0.recv_timeout(at_most) {
                Ok(item) => Received::Item(item),
                Err(RecvTimeoutError::Timeout) => Received::Nothing,
                Err(RecvTimeoutError::Disconnected) => Received::Closed,
            }
        }

        pub(crate) fn try_take(&self) -> Option<T> {
            self.0.try_recv().ok()
        }
    }
}

/// The least that the pool needs of a queue, so that the models are of the pool and not of crossbeam.
#[cfg(loom)]
mod modelled {
    use std::collections::VecDeque;
    use std::time::Duration;

    use loom::sync::{Arc, Condvar, Mutex};

    use super::{Received, lock};

    struct Queue<T> {
        state: Mutex<(VecDeque<T>, bool)>,
        changed: Condvar,
    }

    pub(crate) struct Sender<T>(Arc<Queue<T>>);
    pub(crate) struct Receiver<T>(Arc<Queue<T>>);

    pub(crate) fn queue<T>() -> (Sender<T>, Receiver<T>) {
        let queue = Arc::new(Queue {
            state: Mutex::new((VecDeque::new(), true)),
            changed: Condvar::new(),
        });
        (Sender(queue.clone()), Receiver(queue))
    }

    impl<T> Sender<T> {
        pub(crate) fn send(&self, item: T) {
            lock(&self.0.state).0.push_back(item);
            self.0.changed.notify_one();
        }
    }

    impl<T> Drop for Sender<T> {
        fn drop(&mut self) {
            lock(&self.0.state).1 = false;
            self.0.changed.notify_all();
        }
    }

    impl<T> Receiver<T> {
        /// Waits not at all, or for ever: loom knows no time.
        pub(crate) fn wait(&self, at_most: Duration) -> Received<T> {
            let mut state = lock(&self.0.state);
            loop {
                match state.0.pop_front() {
                    Some(item) => return Received::Item(item),
                    None if !state.1 => return Received::Closed,
                    None if at_most.is_zero() => return Received::Nothing,
                    None => state = self.0.changed.wait(state).expect("as in `lock`"),
                }
            }
        }

        pub(crate) fn try_take(&self) -> Option<T> {
            lock(&self.0.state).0.pop_front()
        }
    }
}
