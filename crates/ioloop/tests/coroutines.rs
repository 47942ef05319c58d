//! The coroutines of `promise` on the loop, and what they wait for.

mod logged;

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::Duration;

use ioloop::{IoLoop, TimedOut, convert, moment, sleep, with_timeout, with_timeout_quietly};
use logged::logged;
use pool::Pool;
use promise::{Error, Future, pair, wait};

const MS: Duration = Duration::from_millis(1);

type Say = Sender<&'static str>;

/// Runs the loop until nothing is left but to stop.
fn settle(io_loop: &IoLoop) {
    io_loop.call_later(Duration::from_secs(3600), || IoLoop::current().stop());
    io_loop.run();
}

#[co::coroutine(start = ioloop::run, wait = wait)]
fn waits(number: Future<u32>, say: Say) -> Future<u32> {
    say.send("the coroutine begins").unwrap();
    let number = yield_!(number)?;
    say.send("the coroutine goes on").unwrap();
    Ok(number + 1)
}

/// B4, C2: the setter's next line runs before the coroutine goes on, in the next turn.
#[test]
fn b4_a_set_resumes_the_coroutine_in_the_next_turn() {
    let io_loop = IoLoop::virtual_time().unwrap();
    let (say, heard) = channel();
    let said = say.clone();
    io_loop.add_callback(move || {
        let (promise, number) = pair();
        let result = waits(number, said.clone());
        said.send("the call returns").unwrap();
        let there = said.clone();
        IoLoop::current().add_callback(move || {
            promise.set(41);
            there.send("the setter goes on").unwrap();
            let next = there.clone();
            IoLoop::current().add_callback(move || next.send("added by the setter").unwrap());
        });
        let there = said.clone();
        IoLoop::current()
            .add_callback(move || there.send("another callback of that turn").unwrap());
        IoLoop::current().add_future(result, move |result| {
            assert_eq!(result.unwrap(), 42);
            IoLoop::current().stop();
        });
    });
    io_loop.run();
    drop(say);
    let expected = [
        ("the coroutine begins", "inside the call"),
        ("the call returns", "it waits"),
        ("the setter goes on", "the set has only queued it"),
        ("another callback of that turn", "which was queued before"),
        (
            "the coroutine goes on",
            "the next turn, in the order of queueing",
        ),
        ("added by the setter", ""),
    ];
    let lines: Vec<_> = heard.iter().collect();
    assert_eq!(lines, expected.map(|(line, _)| line));
}

/// B9, B10: set by another thread, it goes on on the loop's; the loop is free meanwhile.
#[test]
fn b9_b10_a_coroutine_waits_for_a_pool_and_goes_on_on_the_loops_thread() {
    #[co::coroutine(start = ioloop::run, wait = wait)]
    fn asks(answer: Future<u32>) -> Future<(u32, thread::ThreadId)> {
        let answer = yield_!(answer)?;
        Ok((answer, thread::current().id()))
    }
    let io_loop = IoLoop::new().unwrap();
    let pool = Pool::new(1);
    let (open, gate) = channel::<()>();
    let answer = pool.submit(move || gate.recv().map_or(0, |()| 42));
    // It is opened by the loop, which therefore is not blocked.
    io_loop.call_later(Duration::ZERO, move || open.send(()).unwrap());
    let answer = io_loop.run_sync(None, || asks(answer)).unwrap().unwrap();
    assert_eq!(answer, (42, thread::current().id()));
    // Awaited, it is the same.
    let answer = io_loop.block_on(async { pool.submit(|| 7).await.unwrap() });
    assert_eq!(answer, 7);
}

/// Runs two of these side by side, and gives what they said.
fn letters(
    a: fn(Say, &'static str) -> Future<()>,
    b: fn(Say, &'static str) -> Future<()>,
) -> String {
    let io_loop = IoLoop::virtual_time().unwrap();
    let (say, heard) = channel();
    io_loop.add_callback(move || {
        drop(a(say.clone(), "a"));
        drop(b(say, "b"));
    });
    settle(&io_loop);
    heard.iter().collect()
}

#[co::coroutine(start = ioloop::run, wait = wait)]
fn over_done_futures(say: Say, letter: &'static str) -> Future<()> {
    for _ in 0..5 {
        say.send(letter)?;
        yield_!(Future::ready(Ok(())))?;
    }
    Ok(())
}

#[co::coroutine(start = ioloop::run, wait = wait)]
fn over_moments(say: Say, letter: &'static str) -> Future<()> {
    for _ in 0..5 {
        say.send(letter)?;
        yield_!(moment())?;
    }
    Ok(())
}

/// C9: a coroutine over done futures has all turns to itself.
#[test]
fn c9_done_futures_take_no_turn() {
    assert_eq!(letters(over_done_futures, over_done_futures), "aaaaabbbbb");
}

/// C10: a moment lets the others go first.
#[test]
fn c10_a_moment_gives_the_others_a_turn() {
    assert_eq!(letters(over_moments, over_moments), "ababababab");
    assert_eq!(letters(over_moments, over_done_futures), "abbbbbaaaa");
}

/// C10: exactly one turn: it goes on where it was queued, before what was added later.
#[test]
fn c10_a_moment_is_one_turn() {
    #[co::coroutine(start = ioloop::run, wait = wait)]
    fn pauses(say: Say) -> Future<()> {
        yield_!(moment())?;
        say.send("goes on")?;
        Ok(())
    }
    let io_loop = IoLoop::virtual_time().unwrap();
    let (say, heard) = channel();
    io_loop.add_callback(move || {
        let later = say.clone();
        drop(pauses(say));
        IoLoop::current().add_callback(move || later.send("added after the yield").unwrap());
    });
    settle(&io_loop);
    assert_eq!(
        heard.iter().collect::<Vec<_>>(),
        ["goes on", "added after the yield"]
    );
}

/// C19: a coroutine waits for what is somebody else's to await; its panic is an error.
#[test]
fn c19_anything_that_can_be_awaited_can_be_yielded() {
    #[co::coroutine(start = ioloop::run, wait = wait)]
    fn both() -> Future<u32> {
        let (one, other) = yield_!((
            convert(async {
                sleep(MS).await;
                40
            }),
            convert(executor::spawn(async { 2 })),
        ))?;
        Ok(one + other.unwrap())
    }
    let io_loop = IoLoop::virtual_time().unwrap();
    assert_eq!(io_loop.run_sync(None, both).unwrap().unwrap(), 42);
    let panics = async || convert(async { panic!("in a task") }).await;
    let error: Error = io_loop.run_sync(None, panics).unwrap().unwrap_err();
    assert_eq!(error.panic_message(), Some("in a task"));
}

/// E1, E4: in time it is the value, or the inner error, and the timer is taken back.
#[test]
fn e1_e4_in_time_it_is_the_outcome_and_no_timer_is_left() {
    let io_loop = IoLoop::virtual_time().unwrap();
    let begin = io_loop.time();
    io_loop.block_on(async {
        let (promise, number) = pair();
        let limited = with_timeout(Duration::from_secs(9), number);
        promise.set(1);
        assert_eq!(limited.await.unwrap(), 1);

        let (promise, number) = pair::<u32>();
        let limited = with_timeout(Duration::from_secs(9), number);
        promise.fail(std::io::Error::from(std::io::ErrorKind::NotFound));
        let error = limited.await.unwrap_err();
        assert!(error.downcast_ref::<std::io::Error>().is_some());
        // Done already: it takes no turn.
        let done = with_timeout(Duration::ZERO, Future::ready(Ok(2)));
        assert_eq!(done.try_take().unwrap().unwrap(), 2);
        executor::yield_now().await;
    });
    assert_eq!(io_loop.timers(), 0);
    assert_eq!(io_loop.time(), begin);
}

/// E2: late, it is an error for who waits; the work goes on to its end.
#[test]
fn e2_a_late_future_is_not_cancelled() {
    #[co::coroutine(start = ioloop::run, wait = wait)]
    fn works(say: Say) -> Future<()> {
        yield_!(convert(sleep(3 * MS)))?;
        say.send("the work is done")?;
        Ok(())
    }
    #[co::coroutine(start = ioloop::run, wait = wait)]
    fn waits(say: Say) -> Future<()> {
        let error = yield_!(with_timeout(2 * MS, works(say.clone()))).unwrap_err();
        assert_eq!(error.downcast_ref::<TimedOut>(), Some(&TimedOut));
        say.send("nobody waits any more")?;
        Ok(())
    }
    let io_loop = IoLoop::virtual_time().unwrap();
    let (say, heard) = channel();
    let lines = logged(|| {
        io_loop.run_sync(None, || waits(say)).unwrap().unwrap();
        settle(&io_loop);
    });
    assert_eq!(
        heard.iter().collect::<Vec<_>>(),
        ["nobody waits any more", "the work is done"]
    );
    assert!(lines.is_empty(), "{lines:?}");
}

/// E3: an error after the time-out is logged, unless it is of a silenced type.
#[test]
fn e3_an_error_after_the_time_out_is_logged_unless_silenced() {
    type Parse = std::num::ParseIntError;
    fn late() -> Future<u32> {
        let (promise, number) = pair();
        IoLoop::current().call_later(2 * MS, move || {
            promise.settle("x".parse::<u32>().map_err(Into::into));
        });
        number
    }
    let io_loop = IoLoop::virtual_time().unwrap();
    let lines = logged(|| {
        io_loop.enter(|| {
            let loud = with_timeout(MS, late());
            let quiet = with_timeout_quietly::<Parse, _>(MS, late());
            let otherwise = with_timeout_quietly::<std::io::Error, _>(MS, late());
            for limited in [loud, quiet, otherwise] {
                io_loop.add_future(limited, |outcome| {
                    assert!(outcome.unwrap_err().downcast_ref::<TimedOut>().is_some());
                });
            }
        });
        settle(&io_loop);
    });
    assert_eq!(lines.len(), 2, "{lines:?}");
    for line in lines {
        let begin = "ERROR Exception in Future after timeout: invalid digit found in string";
        assert!(line.starts_with(begin), "{line}");
    }
}

/// E5: a duration or a time; a future, or several.
#[test]
fn e5_a_deadline_is_a_duration_or_a_time_and_what_waits_is_anything_to_yield() {
    let io_loop = IoLoop::virtual_time().unwrap();
    let begin = io_loop.time();
    io_loop.block_on(async {
        let (promise, one) = pair();
        let several = vec![one, Future::ready(Ok(2))];
        let limited = with_timeout(begin + 5 * MS, several);
        promise.set(1);
        assert_eq!(limited.await.unwrap(), [1, 2]);
        let (_promise, never) = pair::<u32>();
        let late = with_timeout(begin + 5 * MS, vec![never]);
        assert!(late.await.is_err());
        assert_eq!(IoLoop::current().time(), begin + 5 * MS);
    });
}

/// E6: a pool's future under a time limit, in time and late: all of it on the loop's thread.
#[test]
fn e6_a_pools_future_may_have_a_time_limit() {
    let io_loop = IoLoop::new().unwrap();
    let pool = Pool::new(1);
    io_loop.block_on(async {
        let in_time = with_timeout(Duration::from_secs(3600), pool.submit(|| 1));
        assert_eq!(in_time.await.unwrap(), 1);
        let (open, gate) = channel::<()>();
        let late = with_timeout(MS, pool.submit(move || gate.recv().is_ok()));
        let error = late.await.unwrap_err();
        assert!(error.downcast_ref::<TimedOut>().is_some());
        open.send(()).unwrap();
    });
    pool.shutdown();
}

/// E8: work and then a pause: the period is both. The pause begun first: the period is the pause.
#[test]
fn e8_a_pause_after_the_work_or_beside_it() {
    fn work() -> Future<()> {
        convert(sleep(10 * MS))
    }
    #[co::coroutine(start = ioloop::run, wait = wait)]
    fn one_after_the_other(begins: Sender<u128>) -> Future<()> {
        for _ in 0..3 {
            begins.send(now())?;
            yield_!(work())?;
            yield_!(convert(sleep(60 * MS)))?;
        }
        Ok(())
    }
    #[co::coroutine(start = ioloop::run, wait = wait)]
    fn interleaved(begins: Sender<u128>) -> Future<()> {
        for _ in 0..3 {
            let pause = convert(sleep(60 * MS));
            begins.send(now())?;
            yield_!(work())?;
            yield_!(pause)?;
        }
        Ok(())
    }
    thread_local!(static BEGIN: RefCell<Option<std::time::Instant>> = const { RefCell::new(None) });
    fn now() -> u128 {
        let begin = BEGIN.with_borrow(|begin| begin.unwrap());
        (IoLoop::current().time() - begin).as_millis()
    }
    for (minutes, expected) in [
        (
            one_after_the_other as fn(Sender<u128>) -> Future<()>,
            [0, 70, 140],
        ),
        (interleaved, [0, 60, 120]),
    ] {
        let io_loop = IoLoop::virtual_time().unwrap();
        BEGIN.set(Some(io_loop.time()));
        let (begins, begun) = channel();
        io_loop.run_sync(None, || minutes(begins)).unwrap().unwrap();
        assert_eq!(begun.iter().collect::<Vec<_>>(), expected);
    }
}

/// A coroutine that waits when its loop is closed is dropped, and its future says so; one that is resumed later, too.
#[test]
fn f20_a_coroutine_whose_loop_is_gone_is_dropped() {
    #[co::coroutine(start = ioloop::run, wait = wait)]
    fn holds(number: Future<u32>, held: Say) -> Future<u32> {
        let number = yield_!(number)?;
        held.send("resumed")?;
        Ok(number)
    }
    let io_loop = IoLoop::new().unwrap();
    let (say, heard) = channel();
    let (promise, number) = pair();
    let result = io_loop.enter(|| holds(number, say));
    drop(io_loop);
    promise.set(1);
    assert!(heard.recv().is_err(), "it was dropped, not resumed");
    assert!(result.try_take().unwrap().unwrap_err().is_broken());
}

/// Two coroutines of one loop, each set by the other: turn by turn.
#[test]
fn two_coroutines_wait_for_each_other() {
    let io_loop = IoLoop::virtual_time().unwrap();
    let log: Rc<RefCell<Vec<u32>>> = Rc::default();
    let (a_set, a) = pair::<u32>();
    let (b_set, b) = pair::<u32>();
    let (say, heard) = channel();
    let result = io_loop.enter(|| {
        let there = say.clone();
        let one = ioloop::run(co::from_async(|y| async move {
            static SITE: co::Site = co::Site {
                coroutine: "one",
                yields: "a",
                file: file!(),
                line: line!(),
            };
            let a = wait(y, a, &SITE).await?;
            there.send(a)?;
            b_set.set(a + 1);
            there.send(99)?;
            Ok(a)
        }));
        let two = ioloop::run(co::from_async(|y| async move {
            static SITE: co::Site = co::Site {
                coroutine: "two",
                yields: "b",
                file: file!(),
                line: line!(),
            };
            let b = wait(y, b, &SITE).await?;
            say.send(b)?;
            Ok(b)
        }));
        (one, two)
    });
    a_set.set(1);
    settle(&io_loop);
    log.borrow_mut().extend(heard.try_iter());
    assert_eq!(*log.borrow(), [1, 99, 2]);
    drop(result);
}
