//! Sources: registered, ready, gone.
#![cfg(unix)]

use std::cell::RefCell;
use std::io::{self, PipeReader, PipeWriter, Read, Write, pipe};
use std::os::fd::{AsRawFd, RawFd};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::Duration;

use mio::event;
use mio::unix::SourceFd;
use mio::{Interest, Registry, Token};
use reactor::{Elsewhere, Event, Reactor, Source};

const NOW: Option<Duration> = Some(Duration::ZERO);

/// A pipe's end that mio can wait for.
#[derive(Debug)]
struct End<T>(T);

impl<T: AsRawFd> End<T> {
    fn fd(&self) -> RawFd {
        self.0.as_raw_fd()
    }
}

impl<T: AsRawFd> event::Source for End<T> {
    fn register(
        &mut self,
        registry: &Registry,
        token: Token,
        interest: Interest,
    ) -> io::Result<()> {
        SourceFd(&self.fd()).register(registry, token, interest)
    }

    fn reregister(
        &mut self,
        registry: &Registry,
        token: Token,
        interest: Interest,
    ) -> io::Result<()> {
        SourceFd(&self.fd()).reregister(registry, token, interest)
    }

    fn deregister(&mut self, registry: &Registry) -> io::Result<()> {
        SourceFd(&self.fd()).deregister(registry)
    }
}

type Reads = Source<End<PipeReader>>;

/// A pipe, its reading end registered, and waited for: what it reads first would block.
fn pipes() -> (Reads, PipeWriter) {
    let (reader, writer) = pipe().unwrap();
    (
        Source::with_interest(End(reader), Interest::READABLE).unwrap(),
        writer,
    )
}

/// Says that nothing is there; else reads a byte. No file is set not to block here: it is asked only when it is ready.
fn read(source: &Reads, waker: &Waker, there: &mut bool) -> Poll<io::Result<u8>> {
    source.poll_read_with(&mut Context::from_waker(waker), |end| {
        let mut reader = &end.0;
        if !std::mem::take(there) {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let mut byte = [0];
        Read::read_exact(&mut reader, &mut byte)?;
        Ok(byte[0])
    })
}

#[derive(Default)]
struct Counts(AtomicUsize);

impl Counts {
    fn new() -> (Arc<Self>, Waker) {
        let counts = Arc::new(Counts::default());
        let waker = counts.clone().into();
        (counts, waker)
    }

    fn get(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl Wake for Counts {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// What happens, but for sleeps.
fn recorded(reactor: &Reactor) -> Rc<RefCell<Vec<String>>> {
    let trace = Rc::new(RefCell::new(Vec::new()));
    let there = trace.clone();
    reactor.record(Some(Rc::new(move |event| match event {
        Event::Ready(id, what) => there.borrow_mut().push(format!("{id} {what:?}")),
        Event::Due(_) => there.borrow_mut().push("due".to_owned()),
        _ => {}
    })));
    trace
}

/// FC17: the newest waker counts, and it is called once for each event.
#[test]
fn fc17_the_newest_waker_is_woken_once() {
    let reactor = Reactor::new().unwrap();
    reactor.enter(|| {
        let (source, mut writer) = pipes();
        let ((old, old_waker), (new, new_waker)) = (Counts::new(), Counts::new());
        assert!(read(&source, &old_waker, &mut false).is_pending());
        assert!(read(&source, &new_waker, &mut false).is_pending());
        writer.write_all(b"x").unwrap();
        reactor.poll(None).unwrap();
        reactor.poll(NOW).unwrap();
        assert_eq!((old.get(), new.get()), (0, 1));
        assert!(matches!(
            read(&source, &new_waker, &mut true),
            Poll::Ready(Ok(b'x'))
        ));
        assert!(Arc::strong_count(&old) == 2, "the old waker is forgotten");
    });
}

/// FD01: slots are used again, tokens are not: an event for a source that is gone reaches nobody.
#[test]
fn fd01_an_event_for_a_source_that_is_gone_reaches_nobody() {
    let reactor = Reactor::new().unwrap();
    let trace = recorded(&reactor);
    reactor.enter(|| {
        let (first, mut writer) = pipes();
        let (two, two_waker) = Counts::new();
        let first_id = first.id().to_string();
        // A duplicate keeps the file open, behind the reactor's back: a system that goes by files would go on telling.
        let duplicate = first.get_ref().0.try_clone().unwrap();
        drop(first);
        let (second, _keeps) = pipes();
        assert_eq!(
            second.id().to_string(),
            format!("{first_id}.1"),
            "the slot is used again"
        );
        assert!(read(&second, &two_waker, &mut false).is_pending());
        writer.write_all(b"x").unwrap();
        reactor.poll(NOW).unwrap();
        assert_eq!(two.get(), 0);
        drop(duplicate);
    });
    assert!(trace.borrow().is_empty(), "{:?}", trace.borrow());
}

/// FD01: opened, closed and made ready in any order, each event reaches the source that it is for, and no other.
#[test]
fn fd01_any_sequence_of_open_close_and_ready() {
    let mut seed = 1_u64;
    let mut random = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (seed >> 33) as usize % below
    };
    let reactor = Reactor::new().unwrap();
    reactor.enter(|| {
        let mut open: Vec<(Reads, PipeWriter, Arc<Counts>, Waker, usize)> = Vec::new();
        for _ in 0..if cfg!(miri) { 60 } else { 3000 } {
            match random(4) {
                0 if open.len() < 9 => {
                    let (source, writer) = pipes();
                    let (counts, waker) = Counts::new();
                    assert!(read(&source, &waker, &mut false).is_pending());
                    open.push((source, writer, counts, waker, 0));
                }
                1 if !open.is_empty() => drop(open.swap_remove(random(open.len()))),
                2 if !open.is_empty() => {
                    let index = random(open.len());
                    let (source, writer, counts, waker, expected) = &mut open[index];
                    writer.write_all(b"x").unwrap();
                    reactor.poll(None).unwrap();
                    *expected += 1;
                    assert_eq!(counts.get(), *expected);
                    assert!(read(source, waker, &mut true).is_ready());
                    assert!(read(source, waker, &mut false).is_pending());
                }
                _ => reactor.poll(NOW).unwrap(),
            }
            for (_, _, counts, _, expected) in &open {
                assert_eq!(counts.get(), *expected);
            }
        }
        let sources = open.len();
        assert_eq!(reactor.sources(), sources);
    });
    assert_eq!(reactor.sources(), 0);
}

/// FD02: what the system refuses leaves nothing behind: a file that is registered already, one that is closed.
#[test]
fn fd02_a_refused_registration_leaks_nothing() {
    let reactor = Reactor::new().unwrap();
    reactor.enter(|| {
        let (source, _writer) = pipes();
        let twice = End(source.get_ref().0.as_raw_fd());
        let again = Source::new(twice).unwrap_err();
        assert_eq!(again.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(reactor.sources(), 1);
        // Unknown to the system when it is taken out.
        let (reader, _writer) = pipe().unwrap();
        let fd = reader.as_raw_fd();
        let id = reactor.watch(&mut SourceFd(&fd), Interest::READABLE, Rc::new(|_| ()));
        drop(reader);
        assert!(reactor.unwatch(id.unwrap(), &mut SourceFd(&fd)).is_err());
        assert_eq!(reactor.sources(), 1);
    });
}

/// FD12: a source that is dropped is not reported any more, though a duplicate keeps its file open.
#[test]
fn fd12_a_dropped_source_with_a_duplicate_is_silent() {
    let reactor = Reactor::new().unwrap();
    let trace = recorded(&reactor);
    for elsewhere in [false, true] {
        let (source, mut writer) = reactor.enter(pipes);
        let duplicate = source.get_ref().0.try_clone().unwrap();
        if elsewhere {
            thread::spawn(|| drop(source)).join().unwrap();
        } else {
            reactor.enter(|| drop(source));
        }
        writer.write_all(b"x").unwrap();
        reactor.poll(NOW).unwrap();
        drop(duplicate);
        assert_eq!(reactor.sources(), 0);
    }
    assert!(trace.borrow().is_empty(), "{:?}", trace.borrow());
}

/// FD08: a notifier that outlives its reactor does nothing, nor does one that calls while the reactor goes.
#[test]
fn fd08_a_notifier_outlives_its_reactor() {
    for _ in 0..if cfg!(miri) { 3 } else { 100 } {
        let reactor = Reactor::new().unwrap();
        let notifier = reactor.notifier();
        let other = thread::spawn(move || {
            for _ in 0..20 {
                notifier.notify();
            }
        });
        drop(reactor);
        other.join().unwrap();
    }
}

/// FD06: a million calls from 8 threads; many are one to the reactor, and none is lost.
#[test]
fn fd06_many_calls_of_notifiers_are_few_polls() {
    const EACH: usize = if cfg!(miri) { 10 } else { 125_000 };
    let reactor = Reactor::new().unwrap();
    let left = Arc::new(AtomicUsize::new(8));
    let threads = [(); 8].map(|()| {
        let (notifier, left) = (reactor.notifier(), left.clone());
        thread::spawn(move || {
            for _ in 0..EACH - 1 {
                notifier.notify();
            }
            left.fetch_sub(1, Ordering::AcqRel);
            notifier.notify();
        })
    });
    let mut polls = 0;
    while left.load(Ordering::Acquire) > 0 {
        reactor.poll(None).unwrap();
        polls += 1;
    }
    for thread in threads {
        thread.join().unwrap();
    }
    assert!(polls <= 8 * EACH);
    // The last call, at most, is still to be seen.
    reactor.poll(NOW).unwrap();
}

/// A source of one reactor is of no use to another one, and to none.
#[test]
fn a_source_under_another_reactor_is_elsewhere() {
    let (one, other) = (Reactor::new().unwrap(), Reactor::new().unwrap());
    let (source, _writer) = one.enter(pipes);
    let elsewhere = |result: Poll<io::Result<u8>>| match result {
        Poll::Ready(Err(error)) => error.get_ref().unwrap().is::<Elsewhere>(),
        _ => false,
    };
    assert!(elsewhere(other.enter(|| read(
        &source,
        Waker::noop(),
        &mut true
    ))));
    assert!(elsewhere(read(&source, Waker::noop(), &mut true)));
    // Entered inside the other one, it is the inner one that counts.
    other.enter(|| one.enter(|| assert!(read(&source, Waker::noop(), &mut false).is_pending())));
    drop(one);
    assert!(elsewhere(other.enter(|| read(
        &source,
        Waker::noop(),
        &mut true
    ))));
}

/// FC06: a waker that polls, registers and drops sources when it is cloned, woken or dropped finds nothing borrowed.
#[test]
fn fc06_a_waker_may_use_the_reactor() {
    struct Meddles(Reactor);
    impl Meddles {
        fn meddle(&self) {
            let (source, _writer) = self.0.enter(pipes);
            let _ = self.0.enter(|| read(&source, Waker::noop(), &mut false));
            let timer = self.0.call_at(self.0.now(), Box::new(|| ()));
            self.0.remove_timer(timer.unwrap());
        }
    }
    // `Waker` has to be `Send`, the reactor is not: found by the thread.
    thread_local!(static MEDDLES: RefCell<Option<Rc<Meddles>>> = const { RefCell::new(None) });
    struct Calls;
    impl Wake for Calls {
        fn wake(self: Arc<Self>) {
            let meddles = MEDDLES.with_borrow(|meddles| meddles.clone().unwrap());
            meddles.meddle();
        }
    }
    impl Drop for Calls {
        fn drop(&mut self) {
            if let Some(meddles) = MEDDLES.with_borrow(|meddles| meddles.clone()) {
                meddles.meddle();
            }
        }
    }
    let reactor = Reactor::new().unwrap();
    MEDDLES.set(Some(Rc::new(Meddles(reactor.clone()))));
    let waker = || Waker::from(Arc::new(Calls));
    reactor.enter(|| {
        let (source, mut writer) = pipes();
        assert!(read(&source, &waker(), &mut false).is_pending());
        assert!(read(&source, &waker(), &mut false).is_pending()); // drops the one before
        writer.write_all(b"x").unwrap();
        reactor.poll(None).unwrap(); // wakes
        assert!(read(&source, &waker(), &mut true).is_ready());
        assert!(read(&source, &waker(), &mut false).is_pending());
        drop(source); // drops the waker
        let mut sleep = Box::pin(reactor::sleep(Duration::ZERO));
        for _ in 0..2 {
            assert!(
                sleep
                    .as_mut()
                    .poll(&mut Context::from_waker(&waker()))
                    .is_pending()
            );
        }
        reactor.fire();
    });
    let meddles = MEDDLES.take();
    drop(meddles);
}

/// FC06: a waker may be anybody's. One that panics keeps none of the others from being woken.
#[test]
fn fc06_a_waker_that_panics_does_not_lose_what_else_is_ready() {
    struct Panics;
    impl Wake for Panics {
        fn wake(self: Arc<Self>) {
            panic!("a waker's own");
        }
    }
    let reactor = Reactor::new().unwrap();
    reactor.enter(|| {
        let woken = Arc::new(Counts::default());
        let wakers = [Waker::from(Arc::new(Panics)), Waker::from(woken.clone())];
        let both: Vec<_> = [&wakers[0], &wakers[1], &wakers[0], &wakers[1]]
            .into_iter()
            .map(|waker| {
                let (source, mut writer) = pipes();
                assert!(read(&source, waker, &mut false).is_pending());
                writer.write_all(b"!").unwrap();
                (source, writer)
            })
            .collect();
        let poll = std::panic::AssertUnwindSafe(|| reactor.poll(NOW));
        let panic = std::panic::catch_unwind(poll).unwrap_err();
        assert_eq!(panic.downcast_ref(), Some(&"a waker's own"));
        assert_eq!(
            woken.0.load(Ordering::Relaxed),
            2,
            "behind each that panics"
        );
        reactor.poll(NOW).expect("it goes on as before");
        drop(both);
    });
}
