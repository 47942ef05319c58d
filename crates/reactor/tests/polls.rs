//! How a poll waits: never early, under signals, by a clock that is moved, under a hook.
#![cfg(unix)]

use std::cell::RefCell;
use std::io::{PipeReader, PipeWriter, Write, pipe};
use std::os::fd::AsRawFd;
use std::rc::Rc;
use std::time::{Duration, Instant};

use mio::unix::SourceFd;
use reactor::{Event, Interest, Reactor, SourceId, Then};

const NOW: Option<Duration> = Some(Duration::ZERO);
const HOUR: Duration = Duration::from_secs(3600);

/// FD03: signals, one after another, do not have a poll return before its time.
#[test]
#[cfg_attr(miri, ignore = "Miri knows no signals")]
fn fd03_a_storm_of_signals_does_not_end_a_poll_early() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    let caught = Arc::new(AtomicBool::new(false));
    signal_hook::flag::register(libc::SIGUSR1, caught.clone()).unwrap();
    let over = Arc::new(AtomicBool::new(false));
    let stop = over.clone();
    #[expect(
        unsafe_code,
        reason = "the only way to have a signal come to this very thread"
    )]
    // SAFETY: it asks for a number.
    let me = unsafe { libc::pthread_self() };
    let storm = std::thread::spawn(move || {
        while !stop.load(Ordering::Relaxed) {
            #[expect(unsafe_code, reason = "as above")]
            // SAFETY: the thread waits for this one to end.
            unsafe {
                libc::pthread_kill(me, libc::SIGUSR1)
            };
        }
    });
    let reactor = Reactor::new().unwrap();
    let time = Duration::from_millis(30);
    let begin = Instant::now();
    reactor.poll(Some(time)).unwrap();
    let polled = begin.elapsed();
    over.store(true, Ordering::Relaxed);
    storm.join().unwrap();
    assert!(caught.load(Ordering::Relaxed));
    assert!(polled >= time, "after {polled:?}");
}

/// FE03: a poll that waits for less than a millisecond does wait: the timer is due when it returns.
#[test]
fn fe03_a_timer_is_due_when_the_poll_returns() {
    let reactor = Reactor::new().unwrap();
    for nanos in [1, 999, 100_000, 1_000_001] {
        reactor.call_at(reactor.after(Duration::from_nanos(nanos)), Box::new(|| ()));
        reactor.poll(None).unwrap();
        assert_eq!(reactor.fire(), 1, "{nanos} ns");
    }
}

/// E14, F23: a clock that is moved by hand stands still, and jumps to the next deadline or time-out.
#[test]
fn e14_f23_a_virtual_clock_jumps_to_the_next_deadline() {
    let reactor = Reactor::virtual_time().unwrap();
    let begin = reactor.now();
    let calls = Rc::new(RefCell::new(Vec::new()));
    for hours in [3, 1, 2] {
        let there = calls.clone();
        let call = move || there.borrow_mut().push(hours);
        reactor.call_at(begin + hours * HOUR, Box::new(call));
    }
    reactor.poll(NOW).unwrap();
    assert_eq!(
        (reactor.now(), reactor.fire()),
        (begin, 0),
        "it stands still"
    );
    for hours in 1..=3 {
        while reactor.fire() == 0 {
            reactor.poll(None).unwrap();
        }
        assert_eq!(reactor.now(), begin + hours * HOUR);
    }
    assert_eq!(*calls.borrow(), [1, 2, 3]);
    reactor.poll(Some(HOUR)).unwrap();
    assert_eq!(reactor.now(), begin + 4 * HOUR, "a time-out is one, too");
    reactor.advance(HOUR);
    assert_eq!(reactor.now(), begin + 5 * HOUR);
    // What is ready comes before time: the clock does not move.
    let (ready, _id, _keeps) = watched(&reactor);
    reactor.call_at(reactor.after(HOUR), Box::new(|| ()));
    reactor.poll(None).unwrap();
    assert_eq!(reactor.now(), begin + 5 * HOUR);
    assert_eq!(ready.borrow().len(), 1);
}

type Seen = Rc<RefCell<Vec<SourceId>>>;

type Pipe = (PipeReader, PipeWriter);

/// A pipe with something in it, and who saw that.
fn watched(reactor: &Reactor) -> (Seen, SourceId, Pipe) {
    let seen = Seen::default();
    let (id, pipe) = watched_by(reactor, &seen);
    (seen, id, pipe)
}

fn watched_by(reactor: &Reactor, seen: &Seen) -> (SourceId, Pipe) {
    let (reader, mut writer) = pipe().unwrap();
    writer.write_all(b"x").unwrap();
    let id = Rc::new(RefCell::new(None));
    let (its_id, there) = (id.clone(), seen.clone());
    let callback = move |_| there.borrow_mut().push(its_id.borrow().unwrap());
    let fd = reader.as_raw_fd();
    let watched = reactor.watch(&mut SourceFd(&fd), Interest::READABLE, Rc::new(callback));
    let watched = watched.unwrap();
    *id.borrow_mut() = Some(watched);
    (watched, (reader, writer))
}

/// The hook chooses the order; what it holds back comes in a later poll, and is lost in none.
#[test]
fn a_hook_reorders_and_holds_back() {
    let reactor = Reactor::virtual_time().unwrap();
    let seen = Seen::default();
    let watched = [(); 3].map(|()| watched_by(&reactor, &seen));
    let ids: Vec<SourceId> = watched.iter().map(|(id, _)| *id).collect();
    let order = Rc::new(RefCell::new(vec![2, 0, 1]));
    let (next, names) = (order.clone(), ids.clone());
    reactor.steer(move |batch| {
        if let Some(&name) = next.borrow().first() {
            let at = batch.ready().iter().position(|(id, _)| *id == names[name]);
            batch.deliver(at.unwrap());
        }
        if !next.borrow().is_empty() {
            next.borrow_mut().remove(0);
        }
        Then::Return
    });
    for polls in 1..=3 {
        reactor.poll(None).unwrap();
        assert_eq!(seen.borrow().len(), polls);
    }
    assert_eq!(*seen.borrow(), [ids[2], ids[0], ids[1]]);
    reactor.poll(None).unwrap();
    assert_eq!(seen.borrow().len(), 3, "each once");
}

/// What was held back is told when the steering ends.
#[test]
fn what_was_held_back_is_told_at_the_end_of_the_steering() {
    let reactor = Reactor::virtual_time().unwrap();
    let (seen, id, _keeps) = watched(&reactor);
    reactor.steer(|_| Then::Return);
    reactor.poll(None).unwrap();
    assert!(seen.borrow().is_empty());
    reactor.unsteer();
    reactor.poll(NOW).unwrap();
    assert_eq!(*seen.borrow(), [id]);
}

/// A hook may let time go first, though something is ready.
#[test]
fn a_hook_may_have_time_pass_before_what_is_ready() {
    let reactor = Reactor::virtual_time().unwrap();
    let (seen, _, _keeps) = watched(&reactor);
    let deadline = reactor.after(HOUR);
    reactor.call_at(deadline, Box::new(|| ()));
    reactor.steer(move |batch| {
        assert!(batch.next_deadline().unwrap() <= deadline);
        assert_eq!(batch.ready().len(), 1);
        Then::Jump
    });
    while reactor.fire() == 0 {
        reactor.poll(None).unwrap();
    }
    assert_eq!(reactor.now(), deadline);
    assert!(seen.borrow().is_empty());
}

/// A hook may wait for more; another thread ends that.
#[test]
fn a_hook_may_wait_for_more() {
    let reactor = Reactor::virtual_time().unwrap();
    reactor.call_at(reactor.after(HOUR), Box::new(|| ()));
    let notifier = reactor.notifier();
    let mut asked = 0;
    let begin = reactor.now();
    let (told, tells) = std::sync::mpsc::channel();
    reactor.steer(move |batch| {
        asked += 1;
        told.send((asked, batch.notified(), batch.may_wait()))
            .unwrap();
        if asked == 1 {
            notifier.notify();
        }
        Then::Wait
    });
    reactor.poll(None).unwrap();
    let told: Vec<_> = tells.try_iter().collect();
    assert_eq!(told, [(1, false, true), (2, true, false)]);
    assert_eq!(reactor.now(), begin, "no time has passed");
}

/// The recorder hears of sleeps, of what is ready and what is due.
#[test]
fn a_recorder_is_told_of_everything() {
    let reactor = Reactor::new().unwrap();
    let events = Rc::new(RefCell::new(Vec::new()));
    let there = events.clone();
    reactor.record(Some(Rc::new(move |event| there.borrow_mut().push(event))));
    let (_seen, id, _keeps) = watched(&reactor);
    let key = reactor.call_at(reactor.now(), Box::new(|| ())).unwrap();
    reactor.poll(None).unwrap();
    reactor.fire();
    let events = events.take();
    assert_eq!(events.len(), 4);
    assert_eq!((events[0], events[1]), (Event::Park, Event::Unpark));
    assert!(matches!(events[2], Event::Ready(ready, what) if ready == id && what.is_readable()));
    assert_eq!(events[3], Event::Due(key));
}

/// A sleep of a reactor that is closed never comes to its end: it does not say that it is time.
#[test]
fn a_sleep_that_its_reactor_left_behind_is_not_over() {
    let reactor = Reactor::virtual_time().unwrap();
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    reactor.enter(|| {
        let mut sleep = std::pin::pin!(reactor::sleep(Duration::from_secs(1)));
        assert!(sleep.as_mut().poll(&mut cx).is_pending());
        reactor.close();
        for _ in 0..2 {
            assert!(sleep.as_mut().poll(&mut cx).is_pending());
        }
    });
}
