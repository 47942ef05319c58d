//! What futures, async-channel and async-lock have for tasks: all of it knows no executor, only wakers.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::thread;
use std::time::Duration;

use futures::channel::{mpsc, oneshot};
use futures::future::{FutureExt, join_all};
use futures::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use futures::stream::{FuturesUnordered, StreamExt, TryStreamExt};
use futures::{SinkExt, pin_mut};
use ioloop::{IoLoop, block_on, sleep, spawn};

use crate::connected::connected;

fn hours(hours: u64) -> Duration {
    Duration::from_secs(3600 * hours)
}

/// All wait at once: it takes as long as the longest.
#[test]
fn join_waits_for_all_at_once() {
    let io_loop = IoLoop::virtual_time().unwrap();
    let begin = io_loop.time();
    let trace = RefCell::new(Vec::new());
    let says = async |word, after| {
        sleep(hours(after)).await;
        trace.borrow_mut().push(word);
        word
    };
    let words = io_loop.block_on(async {
        futures::join!(
            says("three", 3),
            says("one", 1),
            says("two", 2),
            says("also one", 1)
        )
    });
    assert_eq!(
        words,
        ("three", "one", "two", "also one"),
        "as they were written"
    );
    assert_eq!(
        *trace.borrow(),
        ["one", "also one", "two", "three"],
        "as they ended"
    );
    assert_eq!(io_loop.time() - begin, hours(3));
}

/// Who loses is dropped, with its timer and its wait for the socket.
#[test]
fn select_drops_who_loses() {
    let io_loop = IoLoop::virtual_time().unwrap();
    io_loop.block_on(async {
        let (mut near, far) = connected().await;
        let mut lines = BufReader::new(far).lines();
        for (after, expected) in [(1, "a line"), (3, "too late")] {
            let reads = async { lines.next().await.unwrap().unwrap() }.fuse();
            let writes = async {
                sleep(hours(after)).await;
                near.write_all(b"a line\n").await.unwrap();
                std::future::pending::<()>().await;
            }
            .fuse();
            pin_mut!(reads, writes);
            let said = futures::select! {
                line = reads => line,
                () = sleep(hours(2)).fuse() => "too late".to_owned(),
                () = writes => unreachable!(),
            };
            assert_eq!(said, expected);
        }
        assert_eq!(IoLoop::current().timers(), 0);
        // What was not read then, nobody has lost.
        near.write_all(b"another\n").await.unwrap();
        assert_eq!(lines.next().await.unwrap().unwrap(), "another");
    });
    assert_eq!((io_loop.sources(), io_loop.timers()), (0, 0));
}

/// A hundred at once give their results in the order in which they are done, those at the same time as they were begun.
#[test]
fn unordered_futures_come_as_they_are_done() {
    let io_loop = IoLoop::virtual_time().unwrap();
    let come: Vec<u64> = io_loop.block_on(
        (0..100)
            .map(|nth| async move {
                sleep(hours(nth * 37 % 10)).await;
                nth
            })
            .collect::<FuturesUnordered<_>>()
            .collect(),
    );
    let mut expected: Vec<u64> = (0..100).collect();
    expected.sort_by_key(|nth| nth * 37 % 10);
    assert_eq!(come, expected);
}

/// A channel of the futures crate, at its other end another thread with a loop of its own: each sleeps until the other wakes it.
#[test]
fn a_thread_sends_to_the_loop_and_hears_from_it() {
    block_on(async {
        let (mut requests, mut comes) = mpsc::channel::<(u32, oneshot::Sender<u32>)>(1);
        let thread = thread::spawn(move || {
            block_on(async {
                let mut answers = Vec::new();
                for number in 0..100 {
                    let (answer, answered) = oneshot::channel();
                    requests.send((number, answer)).await.unwrap();
                    answers.push(answered.await.unwrap());
                }
                answers
            })
        });
        while let Some((number, answer)) = comes.next().await {
            answer.send(number * number).unwrap();
        }
        let squares: Vec<u32> = (0..100).map(|number| number * number).collect();
        assert_eq!(thread.join().unwrap(), squares);
    });
}

/// A channel with room for one: who sends has to wait for who takes.
#[test]
fn an_async_channel_makes_its_sender_wait() {
    let trace = Rc::new(RefCell::new(Vec::new()));
    let (sends, takes) = async_channel::bounded(1);
    block_on(async {
        let says = trace.clone();
        drop(spawn(async move {
            for number in 1..=3 {
                sends.send(number).await.unwrap();
                says.borrow_mut().push(format!("{number} sent"));
            }
        }));
        while let Ok(number) = takes.recv().await {
            trace.borrow_mut().push(format!("{number} taken"));
        }
    });
    assert_eq!(
        *trace.borrow(),
        [
            "1 sent",  // there is room for it; 2 has to wait
            "1 taken", // that makes room, and wakes who sends
            "2 sent", "2 taken", "3 sent", "3 taken", // and so on; then the sender is dropped
        ]
    );
}

/// A thread that blocks in a send is let go by a task.
#[test]
fn an_async_channel_takes_from_a_thread_that_blocks() {
    let (sends, takes) = async_channel::bounded(1);
    let thread = thread::spawn(move || (0..1000).try_for_each(|nth| sends.send_blocking(nth)));
    let taken: Vec<u32> = block_on(takes.collect());
    assert_eq!(taken, (0..1000).collect::<Vec<_>>());
    thread.join().unwrap().unwrap();
}

/// Ten tasks, three permits: three are in, and who waits longest is next.
#[test]
fn a_semaphore_lets_so_many_in_at_a_time() {
    let io_loop = IoLoop::virtual_time().unwrap();
    let begin = io_loop.time();
    let (permits, inside, most) = (async_lock::Semaphore::new(3), Cell::new(0), Cell::new(0));
    let order = async_lock::Mutex::new(Vec::new());
    io_loop.block_on(join_all((0..10).map(async |nth: u32| {
        let _permit = permits.acquire().await;
        inside.set(inside.get() + 1);
        most.set(most.get().max(inside.get()));
        sleep(hours(1)).await;
        order.lock().await.push(nth);
        inside.set(inside.get() - 1);
    })));
    assert_eq!(most.get(), 3);
    assert_eq!(order.into_inner(), (0..10).collect::<Vec<_>>());
    assert_eq!(io_loop.time() - begin, hours(4), "three, three, three, one");
}

/// A thousand lines through a buffered reader, written by another task.
#[test]
fn lines_come_one_by_one() {
    block_on(async {
        let (mut near, far) = connected().await;
        drop(spawn(async move {
            for nth in 0..1000 {
                near.write_all(format!("line {nth}\n").as_bytes())
                    .await
                    .unwrap();
            }
        }));
        let lines: Vec<String> = BufReader::new(far).lines().try_collect().await.unwrap();
        assert!((0..1000).map(|nth| format!("line {nth}")).eq(lines));
    });
}
