//! A connection in memory whose every call is decided by the test: where the bytes are cut, what waits, what fails.
#![allow(dead_code, reason = "no test uses all of it")]

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use futures_io::{AsyncRead, AsyncWrite};

/// What goes one way.
#[derive(Default)]
struct Lane {
    /// One read gives one piece, or a part of it.
    pieces: VecDeque<Vec<u8>>,
    held: usize,
    room: Option<usize>,
    /// Behind the last piece: the end, or an error.
    end: Option<Option<io::ErrorKind>>,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

impl Lane {
    fn push(&mut self, bytes: &[u8]) {
        self.held += bytes.len();
        self.pieces.push_back(bytes.to_vec());
        wake(&mut self.reader);
    }

    fn pop(&mut self, most: usize) -> Vec<u8> {
        let mut piece = self.pieces.pop_front().unwrap_or_default();
        if piece.len() > most {
            self.pieces.push_front(piece.split_off(most));
        }
        self.held -= piece.len();
        wake(&mut self.writer);
        piece
    }
}

fn wake(waker: &mut Option<Waker>) {
    if let Some(waker) = waker.take() {
        waker.wake();
    }
}

/// What happens at one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It would block; the system tells at once that it does not any more.
    Pending,
    /// It takes or gives one byte.
    Short,
    Error(io::ErrorKind),
}

/// What was called, and what is to happen then.
#[derive(Default)]
pub(crate) struct Calls {
    pub(crate) count: Cell<usize>,
    pub(crate) reads: Cell<usize>,
    pub(crate) largest_read: Cell<usize>,
    /// At the call of this number, counted from 0.
    pub(crate) fault: Cell<Option<(usize, Fault)>>,
    /// Every other call would block first.
    pub(crate) hesitates: Cell<bool>,
    pub(crate) dropped: Cell<bool>,
}

/// One end.
pub(crate) struct Wire {
    from: Rc<RefCell<Lane>>,
    to: Rc<RefCell<Lane>>,
    pub(crate) calls: Rc<Calls>,
}

/// The two ends of a connection. One is for a stream; the other for the test, or another stream.
pub(crate) fn wire() -> (Wire, Wire) {
    let (one, other) = (Rc::default(), Rc::default());
    let end = |from: &Rc<RefCell<Lane>>, to: &Rc<RefCell<Lane>>| Wire {
        from: from.clone(),
        to: to.clone(),
        calls: Rc::default(),
    };
    (end(&one, &other), end(&other, &one))
}

impl Wire {
    /// Sends a piece.
    pub(crate) fn send(&self, bytes: &[u8]) {
        self.to.borrow_mut().push(bytes);
    }

    /// Sends no more.
    pub(crate) fn end(&self) {
        self.ends(None);
    }

    /// The other end's next read fails, when it has read what was sent.
    pub(crate) fn fail(&self, kind: io::ErrorKind) {
        self.ends(Some(kind));
    }

    fn ends(&self, how: Option<io::ErrorKind>) {
        let mut lane = self.to.borrow_mut();
        lane.end.get_or_insert(how);
        wake(&mut lane.reader);
    }

    /// All that has come.
    pub(crate) fn got(&self) -> Vec<u8> {
        let mut lane = self.from.borrow_mut();
        let mut all = Vec::new();
        while !lane.pieces.is_empty() {
            all.extend(lane.pop(usize::MAX));
        }
        all
    }

    /// So many bytes fit between the other end's writes and this end's reads.
    pub(crate) fn room(&self, bytes: usize) {
        let mut lane = self.from.borrow_mut();
        lane.room = Some(bytes);
        wake(&mut lane.writer);
    }

    /// So many bytes that this end sent have not been read.
    pub(crate) fn unread(&self) -> usize {
        self.to.borrow().held
    }

    fn fault(&self, cx: &Context<'_>) -> Option<Poll<io::Result<()>>> {
        let number = self.calls.count.replace(self.calls.count.get() + 1);
        let fault = match self.calls.fault.get() {
            Some((at, fault)) if at == number => fault,
            _ if self.calls.hesitates.get() && number.is_multiple_of(2) => Fault::Pending,
            _ => return None,
        };
        Some(match fault {
            Fault::Pending => {
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            Fault::Short => Poll::Ready(Ok(())),
            Fault::Error(kind) => Poll::Ready(Err(kind.into())),
        })
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        to: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        self.calls.reads.set(self.calls.reads.get() + 1);
        let largest = self.calls.largest_read.get().max(to.len());
        self.calls.largest_read.set(largest);
        let most = match self.fault(cx) {
            None => to.len(),
            Some(Poll::Ready(Ok(()))) => 1,
            Some(Poll::Ready(Err(error))) => return Poll::Ready(Err(error)),
            Some(Poll::Pending) => return Poll::Pending,
        };
        let mut lane = self.from.borrow_mut();
        if !lane.pieces.is_empty() {
            let piece = lane.pop(most);
            to[..piece.len()].copy_from_slice(&piece);
            return Poll::Ready(Ok(piece.len()));
        }
        match lane.end {
            Some(Some(kind)) => Poll::Ready(Err(kind.into())),
            Some(None) => Poll::Ready(Ok(0)),
            None => {
                lane.reader = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        from: &[u8],
    ) -> Poll<io::Result<usize>> {
        assert!(!from.is_empty(), "a write of nothing");
        let most = match self.fault(cx) {
            None => from.len(),
            Some(Poll::Ready(Ok(()))) => 1,
            Some(Poll::Ready(Err(error))) => return Poll::Ready(Err(error)),
            Some(Poll::Pending) => return Poll::Pending,
        };
        let mut lane = self.to.borrow_mut();
        // The other end is dropped.
        if Rc::strong_count(&self.to) == 1 {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        let room = lane
            .room
            .map_or(usize::MAX, |room| room - lane.held.min(room));
        if room == 0 {
            lane.writer = Some(cx.waker().clone());
            return Poll::Pending;
        }
        let length = from.len().min(most).min(room);
        lane.push(&from[..length]);
        Poll::Ready(Ok(length))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.end();
        Poll::Ready(Ok(()))
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.calls.dropped.set(true);
        self.end();
        wake(&mut self.from.borrow_mut().writer);
    }
}

/// Lets every task that is ready have its turn, a few times.
pub(crate) async fn turns() {
    for _ in 0..10 {
        executor::yield_now().await;
    }
}
