//! What the contestants do.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::hint::black_box;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Context, Poll, Waker};
use std::thread;

use futures::channel::oneshot;
use futures::task::AtomicWaker;
use futures::{SinkExt, StreamExt};

use crate::contestants::Contestant;

/// The same in all contestants: wakes itself, and waits once.
#[derive(Default)]
pub(crate) struct Yield(bool);

impl Future for Yield {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.0 {
            return Poll::Ready(());
        }
        self.0 = true;
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

/// Each is awaited before the next is spawned.
pub(crate) async fn one_by_one<R: Contestant>(tasks: u64) {
    for number in 0..tasks {
        black_box(R::spawn(async move { number }).await);
    }
}

/// All are spawned before the first is awaited.
pub(crate) async fn at_once<R: Contestant>(tasks: u64) {
    let spawned: Vec<_> = (0..tasks)
        .map(|number| R::spawn(async move { number }))
        .collect();
    for task in spawned {
        black_box(task.await);
    }
}

/// Of all tasks together so many yields.
pub(crate) async fn yields<R: Contestant>(tasks: u64, yields: u64) {
    let task = |_| {
        R::spawn(async move {
            for _ in 0..yields / tasks {
                Yield::default().await;
            }
        })
    };
    for task in (0..tasks).map(task).collect::<Vec<_>>() {
        task.await;
    }
}

/// To another task and back, through the channels of the futures crate.
pub(crate) async fn ping_pong<R: Contestant>(messages: u64) {
    let (mut ping, mut pinged) = futures::channel::mpsc::channel(1);
    let (mut pong, mut ponged) = futures::channel::mpsc::channel(1);
    let other = R::spawn(async move {
        while let Some(number) = pinged.next().await {
            pong.send(number).await.unwrap();
        }
    });
    for number in 0..messages {
        ping.send(number).await.unwrap();
        black_box(ponged.next().await);
    }
    drop(ping);
    other.await;
}

/// The same through other channels, with room for one; `$receive` gives `None` when the other end is gone.
macro_rules! through {
    ($channel:expr, $spawn:expr, $messages:ident, |$end:ident| $receive:expr) => {{
        #[allow(unused_mut, reason = "some channels want it")]
        let (mut ping, mut $end) = $channel;
        #[allow(unused_mut, reason = "some channels want it")]
        let (mut pong, ponged) = $channel;
        let other = $spawn(async move {
            while let Some(number) = $receive {
                pong.send(number).await.unwrap();
            }
        });
        #[allow(unused_mut, reason = "some channels want it")]
        let mut $end = ponged;
        for number in 0..$messages {
            ping.send(number).await.unwrap();
            black_box($receive);
        }
        drop(ping);
        other.await
    }};
}

pub(crate) async fn our_channel(messages: u64) {
    let done = through!(executor::channel(1), executor::spawn, messages, |end| {
        end.recv().await
    });
    done.unwrap();
}

pub(crate) async fn tokio_channel<R: Contestant>(messages: u64) {
    through!(tokio::sync::mpsc::channel(1), R::spawn, messages, |end| {
        end.recv().await
    });
}

pub(crate) async fn async_channel<R: Contestant>(messages: u64) {
    through!(async_channel::bounded(1), R::spawn, messages, |end| {
        end.recv().await.ok()
    });
}

pub(crate) async fn futures_channel<R: Contestant>(messages: u64) {
    // Each sender has a place of its own beside the buffer.
    let channel = futures::channel::mpsc::channel;
    through!(channel(0), R::spawn, messages, |end| end.next().await);
}

/// Another thread gets a message and sends it back; both sleep meanwhile.
pub(crate) async fn to_a_thread_and_back(messages: u64) {
    let (give, taken) = mpsc::channel();
    let (back, mut given) = futures::channel::mpsc::unbounded();
    let other = thread::spawn(move || {
        for number in taken {
            back.unbounded_send(number).unwrap();
        }
    });
    for number in 0..messages {
        give.send(number).unwrap();
        black_box(given.next().await);
    }
    drop(give);
    other.join().unwrap();
}

/// How many tasks wait for the wakes of the other thread.
pub(crate) const WOKEN: u64 = 1_000;

/// Another thread wakes all tasks, one after another, while this one waits for it; then they run.
pub(crate) async fn woken_by_a_thread<R: Contestant>(rounds: u64) {
    struct Shared {
        wakers: Vec<Waker>,
        give: mpsc::Sender<Vec<Waker>>,
        back: mpsc::Receiver<Vec<Waker>>,
    }
    let (give, taken) = mpsc::channel::<Vec<Waker>>();
    let (given, back) = mpsc::channel();
    let other = thread::spawn(move || {
        for mut wakers in taken {
            wakers.drain(..).for_each(Waker::wake);
            given.send(wakers).unwrap();
        }
    });
    let wakers = Vec::with_capacity(WOKEN as usize);
    let shared = Arc::new(Mutex::new(Shared { wakers, give, back }));
    let task = |_| {
        let shared = shared.clone();
        let wait = move |waited: &mut bool, waker: &Waker| {
            if std::mem::replace(waited, true) {
                return Poll::Ready(());
            }
            let mut shared = shared.lock().unwrap();
            shared.wakers.push(waker.clone());
            if shared.wakers.len() == WOKEN as usize {
                let wakers = std::mem::take(&mut shared.wakers);
                shared.give.send(wakers).unwrap();
                shared.wakers = shared.back.recv().unwrap();
            }
            Poll::Pending
        };
        R::spawn(async move {
            for _ in 0..rounds {
                let mut waited = false;
                poll_fn(|cx| wait(&mut waited, cx.waker())).await;
            }
        })
    };
    for task in (0..WOKEN).map(task).collect::<Vec<_>>() {
        task.await;
    }
    drop(shared);
    other.join().unwrap();
}

/// Somebody awaits so many oneshots, and a task sends to them in order, 64 at a time.
macro_rules! fan_in {
    ($channel:expr, $join:expr, $spawn:expr, $count:ident) => {{
        let (senders, receivers): (Vec<_>, Vec<_>) = (0..$count).map(|_| $channel).unzip();
        let sender = $spawn(async move {
            for (number, sender) in (0_u64..).zip(senders) {
                if number % 64 == 0 {
                    Yield::default().await;
                }
                sender.send(number).unwrap();
            }
        });
        drop(black_box($join(receivers).await));
        sender.await
    }};
}

pub(crate) async fn our_fan_in(count: u64) {
    let join = executor::join_all;
    let sent = fan_in!(executor::oneshot(), join, executor::spawn, count);
    sent.unwrap();
}

pub(crate) async fn our_fan_in_of_theirs(count: u64) {
    let join = executor::join_all;
    let sent = fan_in!(oneshot::channel(), join, executor::spawn, count);
    sent.unwrap();
}

pub(crate) async fn buffered_fan_in<R: Contestant>(count: u64) {
    let join = futures_buffered::join_all;
    fan_in!(oneshot::channel(), join, R::spawn, count);
}

pub(crate) async fn unordered_fan_in<R: Contestant>(count: u64) {
    let join = futures::future::join_all;
    fan_in!(oneshot::channel(), join, R::spawn, count);
}

/// How many have waited.
static WAITING: AtomicU64 = AtomicU64::new(0);

/// Who waits for them.
static ALL_WAIT: AtomicWaker = AtomicWaker::new();

/// A future of 96 bytes that waits for ever.
fn waits() -> impl Future<Output = ()> + Send {
    let words = [0_u64; 11];
    async move {
        WAITING.fetch_add(1, Ordering::AcqRel);
        ALL_WAIT.wake();
        std::future::pending::<()>().await;
        black_box(words);
    }
}

/// So many tasks that wait. Their handles are forgotten, not dropped: that would cancel some.
pub(crate) async fn waiting<R: Contestant>(tasks: u64) {
    for _ in 0..tasks {
        let future = waits();
        assert_eq!(size_of_val(&future), 96);
        std::mem::forget(R::spawn(future));
    }
    poll_fn(|cx| {
        ALL_WAIT.register(cx.waker());
        match WAITING.load(Ordering::Acquire) {
            waiting if waiting < tasks => Poll::Pending,
            _ => Poll::Ready(()),
        }
    })
    .await;
}

/// The limit of a yield: a queue of function pointers, each of which puts itself into it again.
pub(crate) fn queue_of_functions(tasks: u64, calls: u64) {
    type Job = (fn(&mut VecDeque<Entry>, u64), u64);
    struct Entry(Job);
    fn again(queue: &mut VecDeque<Entry>, number: u64) {
        queue.push_back(Entry((again, black_box(number))));
    }
    let mut queue: VecDeque<Entry> = (0..tasks).map(|number| Entry((again, number))).collect();
    for _ in 0..calls {
        let Some(Entry((function, number))) = queue.pop_front() else {
            return;
        };
        function(&mut queue, number);
    }
}

/// The limit of a task: it is boxed, polled, and dropped.
pub(crate) fn boxes(tasks: u64) {
    let boxed = |number| -> Pin<Box<dyn Future<Output = u64>>> { Box::pin(async move { number }) };
    let made: Vec<_> = (0..tasks).map(boxed).collect();
    for mut task in made {
        let mut cx = Context::from_waker(Waker::noop());
        let _ = black_box(task.as_mut().poll(&mut cx));
    }
}
