use std::cell::Cell;
use std::collections::VecDeque;
use std::io;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use crate::buffer::Buffer;
use crate::error::{Cause, Error};
use crate::transport::Transport;

/// After so many calls of the transport in one poll, others have their turn.
pub(crate) const TRIES: usize = 16;

const MEGABYTES: usize = 1024 * 1024;
const CHUNK: usize = 64 * 1024;

thread_local! {
    /// What a transport reads into. One for all streams of the thread, so that a stream that waits holds none.
    static CHUNK_BUFFER: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// All that the handles of a stream share.
pub(crate) struct State<S> {
    pub(crate) phase: Phase<S>,
    /// Why it is closed.
    pub(crate) cause: Option<Cause>,
    /// The peer has sent its last byte, and the stream is open all the same.
    pub(crate) ended: bool,
    pub(crate) limits: Limits,

    pub(crate) input: Buffer,
    /// There is a read that has not ended.
    pub(crate) reading: bool,
    pub(crate) reader: Option<Waker>,

    output: Buffer,
    /// All bytes that were ever written to the stream, to the transport, and through it. They count up, in this order.
    pub(crate) queued: u64,
    written: u64,
    pub(crate) flushed: u64,
    pub(crate) writers: Writers,

    pub(crate) opener: Opener,
    pub(crate) driver: Option<Waker>,
    pub(crate) close_callback: Option<Box<dyn FnOnce()>>,
}

pub(crate) enum Phase<S> {
    /// There is no transport yet: the driver makes one.
    Opening,
    Open(S),
    Closed,
}

/// Who waits for the end of the opening.
pub(crate) enum Opener {
    Nobody,
    Somebody(Option<Waker>),
}

#[derive(Clone)]
pub(crate) struct Limits {
    pub(crate) max_buffer_size: usize,
    pub(crate) max_write_buffer_size: usize,
    pub(crate) read_chunk_size: usize,
    pub(crate) half_close: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_buffer_size: 100 * MEGABYTES,
            max_write_buffer_size: 100 * MEGABYTES,
            read_chunk_size: CHUNK,
            half_close: false,
        }
    }
}

/// What is done when the state is not borrowed any more, because it is code of others.
pub(crate) struct After<S> {
    pub(crate) closed: Option<S>,
    pub(crate) wakes: Vec<Waker>,
    pub(crate) drops: Vec<Waker>,
    /// A limit was hit.
    pub(crate) cut_off: Option<Cause>,
}

impl<S> After<S> {
    pub(crate) fn nothing() -> Self {
        Self {
            closed: None,
            wakes: Vec::new(),
            drops: Vec::new(),
            cut_off: None,
        }
    }

    /// Leaves the task's waker in `slot`.
    pub(crate) fn leave(&mut self, slot: &mut Option<Waker>, cx: &Context<'_>) {
        match slot {
            Some(waker) if waker.will_wake(cx.waker()) => {}
            _ => self.drops.extend(slot.replace(cx.waker().clone())),
        }
    }
}

impl<S: Transport> State<S> {
    pub(crate) fn new(phase: Phase<S>, limits: Limits) -> Self {
        Self {
            phase,
            cause: None,
            ended: false,
            limits,
            input: Buffer::default(),
            reading: false,
            reader: None,
            output: Buffer::default(),
            queued: 0,
            written: 0,
            flushed: 0,
            writers: Writers::default(),
            opener: Opener::Nobody,
            driver: None,
            close_callback: None,
        }
    }

    pub(crate) fn is_open(&self) -> bool {
        matches!(self.phase, Phase::Open(_))
    }

    pub(crate) fn is_closed(&self) -> bool {
        matches!(self.phase, Phase::Closed)
    }

    pub(crate) fn closed_error(&self) -> Error {
        Error::Closed(self.cause.clone())
    }

    pub(crate) fn is_writing(&self) -> bool {
        self.flushed < self.queued && !self.is_closed()
    }

    /// Nobody reads, nothing is left to be written, nothing was read ahead.
    pub(crate) fn is_idle(&self) -> bool {
        !self.reading && !self.is_writing() && self.input.is_empty()
    }

    /// Somebody wants to know when the peer closes, and no read would find out.
    pub(crate) fn watches(&self) -> bool {
        let wanted = self.close_callback.is_some() && self.is_open();
        wanted && !self.reading && !self.ended && self.input.is_empty()
    }

    pub(crate) fn close(&mut self, cause: Option<Cause>, after: &mut After<S>) {
        if self.is_closed() {
            return;
        }
        match mem::replace(&mut self.phase, Phase::Closed) {
            Phase::Open(transport) => after.closed = Some(transport),
            Phase::Opening | Phase::Closed => {}
        }
        if let Some(Cause::Unsatisfiable { .. } | Cause::BufferFull { .. }) = cause {
            after.cut_off.clone_from(&cause);
        }
        self.cause = cause;
        self.output.clear();
        after.wakes.extend(self.reader.take());
        after.wakes.extend(self.writers.all());
        if let Opener::Somebody(waker) = &mut self.opener {
            after.wakes.extend(waker.take());
        }
        after.wakes.extend(self.driver.clone());
    }

    /// Reads once from the transport, which is there, at most a chunk and never more than there is room for.
    /// `Ready` means that something has changed: there are more bytes, or the end, or it is to be tried again.
    pub(crate) fn fill(&mut self, cx: &mut Context<'_>, after: &mut After<S>) -> Poll<()> {
        let Phase::Open(transport) = &mut self.phase else {
            return Poll::Pending;
        };
        let room = self.limits.max_buffer_size.saturating_sub(self.input.len());
        let room = room.min(self.limits.read_chunk_size);
        debug_assert!(room > 0, "a read of nothing looks like the end");
        let mut chunk = CHUNK_BUFFER.take();
        if chunk.len() < room {
            chunk.resize(room, 0);
        }
        let read = Pin::new(transport).poll_read(cx, &mut chunk[..room]);
        if let Poll::Ready(Ok(length)) = read {
            self.input.push(&chunk[..length]);
        }
        if chunk.len() <= CHUNK {
            CHUNK_BUFFER.set(chunk);
        }
        match read {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(Ok(0)) if self.limits.half_close => self.ended = true,
            Poll::Ready(Ok(0)) => self.close(None, after),
            Poll::Ready(Ok(_)) => {}
            Poll::Ready(Err(error)) if error.kind() == io::ErrorKind::Interrupted => {}
            Poll::Ready(Err(error)) => self.close(Some(error.into()), after),
        }
        Poll::Ready(())
    }

    /// Writes `bytes`, which follow all that was written before: at once, as many as the transport takes, if nothing is
    /// before them; the rest is queued.
    pub(crate) fn write(&mut self, bytes: &[u8], after: &mut After<S>) {
        let mut rest = bytes;
        let mut cx = Context::from_waker(Waker::noop());
        let first = !self.is_writing();
        self.queued += bytes.len() as u64;
        if first
            && !bytes.is_empty()
            && let Phase::Open(transport) = &mut self.phase
            && let Poll::Ready(result) = Pin::new(transport).poll_write(&mut cx, bytes)
        {
            if let Some(length) = self.took(result, bytes.len(), after) {
                rest = &bytes[length..];
            }
            if self.is_closed() {
                return;
            }
        }
        self.output.push(rest);
        // If it was not the first, the driver is at work already.
        if first && rest.is_empty() {
            let _ = self.drain(&mut cx, after);
        }
        if first && self.is_writing() {
            after.wakes.extend(self.driver.clone());
        }
    }

    /// Writes what is queued. `Ready` when nothing is left, or the stream is closed.
    pub(crate) fn drain(&mut self, cx: &mut Context<'_>, after: &mut After<S>) -> Poll<()> {
        for _ in 0..TRIES {
            let Phase::Open(transport) = &mut self.phase else {
                return Poll::Ready(());
            };
            if self.flushed < self.written {
                match Pin::new(transport).poll_flush(cx) {
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(Ok(())) => {
                        self.flushed = self.written;
                        self.writers.served(self.flushed, after);
                    }
                    Poll::Ready(Err(error)) => self.write_failed(error, after),
                }
            } else if self.output.is_empty() {
                return Poll::Ready(());
            } else {
                match Pin::new(transport).poll_write(cx, self.output.as_slice()) {
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(result) => {
                        let offered = self.output.len();
                        if let Some(length) = self.took(result, offered, after) {
                            self.output.consume(length);
                        }
                    }
                }
            }
        }
        after.wakes.push(cx.waker().clone());
        Poll::Pending
    }

    /// What the transport said to `offered` bytes: so many it took, or there is nothing to be done now.
    fn took(
        &mut self,
        result: io::Result<usize>,
        offered: usize,
        after: &mut After<S>,
    ) -> Option<usize> {
        match result {
            Ok(0) => self.close(
                Some(io::Error::from(io::ErrorKind::WriteZero).into()),
                after,
            ),
            Ok(length) => {
                assert!(length <= offered, "the transport wrote more than there is");
                self.written += length as u64;
                return Some(length);
            }
            Err(error) => self.write_failed(error, after),
        }
        None
    }

    fn write_failed(&mut self, error: io::Error, after: &mut After<S>) {
        if error.kind() != io::ErrorKind::Interrupted {
            self.close(Some(error.into()), after);
        }
    }
}

/// Those who wait until their bytes are with the kernel, in the order of their bytes.
#[derive(Default)]
pub(crate) struct Writers {
    waiting: VecDeque<(Place, Waker)>,
    next: u64,
}

/// Where a write's last byte is among all that are ever written, and a number, because empty writes share it.
pub(crate) type Place = (u64, u64);

impl Writers {
    /// The place of somebody who waits for `target` from now on.
    pub(crate) fn wait(&mut self, target: u64, waker: Waker) -> Place {
        self.next += 1;
        let place = (target, self.next);
        // At the end, unless an earlier write is waited for later.
        let at = self.waiting.partition_point(|(other, _)| *other < place);
        self.waiting.insert(at, (place, waker));
        place
    }

    pub(crate) fn waker(&mut self, place: Place) -> Option<&mut Waker> {
        let at = self.find(place)?;
        Some(&mut self.waiting[at].1)
    }

    pub(crate) fn leave(&mut self, place: Place) -> Option<Waker> {
        let at = self.find(place)?;
        Some(self.waiting.remove(at)?.1)
    }

    fn find(&self, place: Place) -> Option<usize> {
        self.waiting
            .binary_search_by_key(&place, |(place, _)| *place)
            .ok()
    }

    fn served<S>(&mut self, flushed: u64, after: &mut After<S>) {
        while let Some((_, waker)) = self
            .waiting
            .pop_front_if(|((target, _), _)| *target <= flushed)
        {
            after.wakes.push(waker);
        }
    }

    fn all(&mut self) -> impl Iterator<Item = Waker> {
        self.waiting.drain(..).map(|(_, waker)| waker)
    }
}
