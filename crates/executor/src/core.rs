//! The executor itself, as its wakers and handles see it.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::task::Context;

use crate::inbox::{Inbox, Letter, Want};
use crate::join::{JoinError, JoinHandle};
use crate::panics::{Payload, quietly};
use crate::pool::Pool;
use crate::record::{Event, TaskId};
use crate::registry;
use crate::slots::{MAIN, Next, Slots};
use crate::task::{self, Polled, Work};
use crate::ticket::Ticket;

type Recorder = Rc<dyn Fn(Event)>;

/// No borrow of a cell in it lasts over a call of code that is not in this crate.
pub(crate) struct Core {
    id: u16,
    inbox: Arc<Inbox>,
    slots: RefCell<Slots>,
    /// All tasks are made with it.
    pool: Pool,
    /// Empty between two turns; kept for its memory.
    letters: RefCell<Vec<Letter>>,
    recorder: RefCell<Option<Recorder>>,
    records: Cell<bool>,
    closing: Cell<bool>,
}

impl Core {
    pub(crate) fn new(inbox: Arc<Inbox>) -> Rc<Self> {
        Rc::new(Self {
            id: registry::add(inbox.clone()),
            inbox,
            slots: RefCell::new(Slots::new()),
            pool: Pool::new(),
            letters: RefCell::default(),
            recorder: RefCell::default(),
            records: Cell::new(false),
            closing: Cell::new(false),
        })
    }

    pub(crate) fn id(&self) -> u16 {
        self.id
    }

    pub(crate) fn pool(&self) -> &Pool {
        &self.pool
    }

    pub(crate) fn inbox(&self) -> &Arc<Inbox> {
        &self.inbox
    }

    pub(crate) fn tasks(&self) -> usize {
        self.slots.borrow().tasks()
    }

    pub(crate) fn queued(&self) -> usize {
        self.slots.borrow().queued()
    }

    pub(crate) fn set_recorder(&self, recorder: Option<Recorder>) {
        self.records.set(recorder.is_some());
        drop(self.recorder.replace(recorder));
    }

    #[inline]
    pub(crate) fn is_recorded(&self) -> bool {
        self.records.get()
    }

    /// Tells the recorder, if there is one.
    #[inline]
    pub(crate) fn tell(&self, event: impl FnOnce() -> Event) {
        if self.is_recorded() {
            let recorder = self.recorder.borrow().clone();
            if let Some(recorder) = recorder {
                recorder(event());
            }
        }
    }

    fn ticket(&self, slot: u32, generation: u32) -> Ticket {
        Ticket::new(self.id, generation, slot)
    }

    #[inline]
    pub(crate) fn spawn<F>(self: &Rc<Self>, future: F) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
    {
        let (work, share) = task::spawn(self, future);
        if self.closing.get() {
            work.cancel(JoinError::of_abort).release(self);
            return JoinHandle::new(share, self.ticket(MAIN, 0));
        }
        let (slot, generation) = self.slots.borrow_mut().insert(work);
        let ticket = self.ticket(slot, generation);
        self.tell(|| Event::Ready(TaskId::from(ticket)));
        JoinHandle::new(share, ticket)
    }

    /// Puts a task into the ready queue, and tells nobody. True if it was not there.
    #[inline]
    pub(crate) fn ready(&self, ticket: Ticket) -> bool {
        let mut slots = self.slots.borrow_mut();
        slots.ready(ticket.slot(), ticket.generation())
    }

    /// Puts a task into the ready queue; nothing else.
    pub(crate) fn wake(&self, ticket: Ticket) {
        if self.ready(ticket) {
            self.tell(|| Event::Ready(TaskId::from(ticket)));
        }
    }

    /// Has a task dropped when its turn comes.
    pub(crate) fn abort(&self, ticket: Ticket) {
        let mut slots = self.slots.borrow_mut();
        let news = slots.abort(ticket.slot(), ticket.generation());
        drop(slots);
        if news {
            self.tell(|| Event::Ready(TaskId::from(ticket)));
        }
    }

    /// Puts what was woken elsewhere into the ready queue.
    pub(crate) fn open_letters(&self) {
        let mut letters = self.letters.take();
        self.inbox.take(&mut letters);
        for (ticket, want) in letters.drain(..) {
            match want {
                Want::Wake => self.wake(ticket),
                Want::Abort => self.abort(ticket),
            }
        }
        self.letters.replace(letters);
    }

    /// A `block_on` begins: its ticket, which is in the ready queue.
    pub(crate) fn new_main(&self) -> Ticket {
        let ticket = self.ticket(MAIN, 0);
        self.wake(ticket);
        ticket
    }

    /// Takes the next out of the ready queue and polls it; calls `main` if it is what `block_on` waits for. False if
    /// the queue is empty.
    #[inline]
    pub(crate) fn poll_next(&self, main: impl FnOnce()) -> bool {
        let next = self.slots.borrow_mut().next();
        match next {
            None => return false,
            Some(Next::Main) => main(),
            Some(Next::Task {
                slot,
                generation,
                work,
                aborted,
            }) => self.poll(self.ticket(slot, generation), work, aborted),
        }
        true
    }

    #[inline]
    fn poll(&self, ticket: Ticket, work: Work, aborted: bool) {
        self.tell(|| Event::Poll(TaskId::from(ticket)));
        let polled = if aborted {
            Polled::Over(work.cancel(JoinError::of_abort))
        } else {
            work.poll(&mut Context::from_waker(&ticket.waker()))
        };
        match polled {
            Polled::Pending(work) => {
                self.slots.borrow_mut().put_back(ticket.slot(), work);
                self.tell(|| Event::Pending(TaskId::from(ticket)));
            }
            Polled::Over(rest) => {
                self.slots.borrow_mut().over(ticket.slot());
                self.tell(|| Event::Done(TaskId::from(ticket)));
                rest.release(self);
            }
        }
    }

    /// Drops every task. Then a panic of the first that panicked goes on.
    pub(crate) fn close(&self) {
        if self.closing.replace(true) {
            return;
        }
        self.inbox.close();
        registry::remove(self.id);
        let mut first: Option<Payload> = None;
        let tasks = self.slots.borrow_mut().close();
        for work in tasks {
            let rest = work.cancel(|dropped| {
                match (dropped, &first) {
                    (Err(payload), None) => first = Some(payload),
                    (Err(payload), Some(_)) => quietly(|| drop(payload)),
                    (Ok(()), _) => {}
                }
                JoinError::cancelled()
            });
            rest.release(self);
        }
        self.set_recorder(None);
        if let Some(payload) = first
            && !std::thread::panicking()
        {
            std::panic::resume_unwind(payload);
        }
    }
}
