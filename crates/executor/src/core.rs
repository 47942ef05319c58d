//! The executor itself, as its wakers and handles see it.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::task::Context;

use crate::inbox::{Inbox, Letter, Want};
use crate::join::{JoinError, JoinHandle};
use crate::panics::{caught, quietly};
use crate::record::{Event, TaskId};
use crate::registry;
use crate::slots::{MAIN, Next, Slots};
use crate::task::{Runnable, Task};
use crate::ticket::Ticket;

type Recorder = Rc<dyn Fn(Event)>;

/// No borrow of a cell in it lasts over a call of code that is not in this crate.
pub(crate) struct Core {
    id: u16,
    inbox: Arc<Inbox>,
    slots: RefCell<Slots>,
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
            letters: RefCell::default(),
            recorder: RefCell::default(),
            records: Cell::new(false),
            closing: Cell::new(false),
        })
    }

    pub(crate) fn id(&self) -> u16 {
        self.id
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

    /// Tells the recorder, if there is one.
    pub(crate) fn tell(&self, event: impl FnOnce() -> Event) {
        if self.records.get() {
            let recorder = self.recorder.borrow().clone();
            if let Some(recorder) = recorder {
                recorder(event());
            }
        }
    }

    fn ticket(&self, slot: u32, generation: u32) -> Ticket {
        Ticket::new(self.id, generation, slot)
    }

    pub(crate) fn spawn<F>(self: &Rc<Self>, future: F) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
    {
        let task = Rc::new(Task::new(future));
        if self.closing.get() {
            let error = task
                .discard()
                .map_or_else(JoinError::panicked, |()| JoinError::cancelled());
            task.fail(error);
            return JoinHandle::new(task, self, self.ticket(MAIN, 0));
        }
        let (slot, generation) = self.slots.borrow_mut().insert(task.clone());
        let ticket = self.ticket(slot, generation);
        self.tell(|| Event::Ready(TaskId::from(ticket)));
        JoinHandle::new(task, self, ticket)
    }

    /// Puts a task into the ready queue; nothing else.
    pub(crate) fn wake(&self, ticket: Ticket) {
        let mut slots = self.slots.borrow_mut();
        let news = slots.ready(ticket.slot(), ticket.generation());
        drop(slots);
        if news {
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
        let generation = self.slots.borrow_mut().new_main();
        let ticket = self.ticket(MAIN, generation);
        self.wake(ticket);
        ticket
    }

    /// Takes the next out of the ready queue and polls it; calls `main` if it is what `block_on` waits for. False if
    /// the queue is empty.
    pub(crate) fn poll_next(&self, main: impl FnOnce()) -> bool {
        let next = self.slots.borrow_mut().next();
        match next {
            None => return false,
            Some(Next::Main) => main(),
            Some(Next::Task {
                slot,
                generation,
                task,
                aborted,
            }) => self.poll(self.ticket(slot, generation), task, aborted),
        }
        true
    }

    fn poll(&self, ticket: Ticket, task: Rc<dyn Runnable>, aborted: bool) {
        self.tell(|| Event::Poll(TaskId::from(ticket)));
        if aborted {
            let error = task
                .discard()
                .map_or_else(JoinError::panicked, |()| JoinError::cancelled());
            task.fail(error);
        } else if !task.poll(&mut Context::from_waker(&ticket.waker())) {
            self.slots.borrow_mut().put_back(ticket.slot(), task);
            self.tell(|| Event::Pending(TaskId::from(ticket)));
            return;
        }
        self.slots.borrow_mut().over(ticket.slot());
        self.tell(|| Event::Done(TaskId::from(ticket)));
        // If nobody has the handle, this drops the result too.
        quietly(|| drop(task));
    }

    /// Drops every task. Then a panic of the first that panicked goes on.
    pub(crate) fn close(&self) {
        self.closing.set(true);
        self.inbox.close();
        registry::remove(self.id);
        let mut panic = None;
        loop {
            let task = self.slots.borrow_mut().take_any();
            let Some(task) = task else { break };
            if let Err(payload) = task.discard() {
                match panic {
                    None => panic = Some(payload),
                    Some(_) => quietly(|| drop(payload)),
                }
            }
            task.fail(JoinError::cancelled());
            if let Err(payload) = caught(|| drop(task)) {
                panic.get_or_insert(payload);
            }
        }
        self.set_recorder(None);
        if let Some(payload) = panic
            && !std::thread::panicking()
        {
            std::panic::resume_unwind(payload);
        }
    }
}
