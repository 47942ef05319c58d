//! Three futures of the same kind: a place into which another thread puts a reply. Two of them are wrong.
//! The explorer runs each in every order. `cargo run -p lesson-07-executor --example wakers`

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use lesson_07_executor::forty_lines::block_on;
use timeline::{Exploration, Explorer, Mutex, thread};

#[derive(Default)]
struct State {
    reply: Option<&'static str>,
    waker: Option<Waker>,
}

type Place = Arc<Mutex<State>>;

/// What the other thread does: put the reply into its place, and call the waker that it finds there.
fn put(place: &Place, reply: &'static str) {
    let mut state = place.lock();
    state.reply = Some(reply);
    let waker = state.waker.take();
    drop(state);
    if let Some(waker) = waker {
        waker.wake();
    }
}

/// Wrong.
struct Forgets(Place);

impl Future for Forgets {
    type Output = &'static str;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<&'static str> {
        match self.0.lock().reply {
            Some(reply) => Poll::Ready(reply),
            None => Poll::Pending, // whom is `put` to wake?
        }
    }
}

/// Wrong, and seldom seen: between the two locks the reply may come.
struct TooLate(Place);

impl Future for TooLate {
    type Output = &'static str;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<&'static str> {
        if let Some(reply) = self.0.lock().reply {
            return Poll::Ready(reply);
        }
        self.0.lock().waker = Some(cx.waker().clone());
        Poll::Pending
    }
}

/// Right: to look and to leave the waker is one step.
struct Waits(Place);

impl Future for Waits {
    type Output = &'static str;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<&'static str> {
        let mut state = self.0.lock();
        if let Some(reply) = state.reply {
            return Poll::Ready(reply);
        }
        state.waker = Some(cx.waker().clone());
        Poll::Pending
    }
}

/// Waits for a reply from another thread, in every order.
fn explore<F>(future: fn(Place) -> F) -> Exploration
where
    F: Future<Output = &'static str> + 'static,
{
    Explorer::new().run(move || {
        let place = Place::default();
        let there = place.clone();
        thread::spawn("io", move || put(&there, "io result"));
        assert_eq!(block_on(future(place)), "io result");
    })
}

pub(crate) fn explore_all() -> [(&'static str, Exploration); 3] {
    [
        ("Forgets", explore(Forgets)),
        ("TooLate", explore(TooLate)),
        ("Waits", explore(Waits)),
    ]
}

/// What the explorer says of each.
pub(crate) fn report() -> String {
    let says = |(name, seen): (&str, Exploration)| {
        let (failed, all) = (seen.failed, seen.schedules);
        let why = seen.failures.first().map(|(why, _)| format!("{why}\n"));
        let why = why.unwrap_or_default();
        format!("{name:<8} {failed} of {all} runs fail\n{why}")
    };
    explore_all().map(says).concat()
}

fn main() {
    print!("{}", report());
}
