use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use crate::clock::Clock;
use crate::core::Alarm;
use crate::current::{self, Dropped, Remote};
use crate::timers::TimerKey;

const ELSEWHERE: &str =
    "a timer was used where no reactor runs: use it inside a loop's `run`, or `Reactor::enter`";

/// Waits until `duration` has passed, from now on, on the clock of this thread's reactor; if none runs here, from the
/// first poll on.
///
/// A duration of centuries is cut to about 30 years.
pub fn sleep(duration: Duration) -> Sleep {
    let deadline = current::with(|core| core.clock().after(duration));
    Sleep {
        state: deadline.map_or(State::After(duration), State::New),
    }
}

/// Waits until `deadline`.
pub fn sleep_until(deadline: Instant) -> Sleep {
    Sleep {
        state: State::New(deadline),
    }
}

/// What time it is for the reactor of this thread. Only where its clock is [moved by hand](crate::Reactor::virtual_time)
/// is that not [`Instant::now`].
///
/// # Panics
///
/// If no reactor runs on this thread.
#[track_caller]
pub fn now() -> Instant {
    current::with(|core| core.clock().now()).expect(ELSEWHERE)
}

/// A future that is done when its deadline has come. Made by [`sleep`] and [`sleep_until`].
///
/// Those that wait are woken in the order of their deadlines, and of equal ones the one that was polled first. One whose
/// deadline is past when it is polled for the first time is not done on the spot: it is woken in the same turn as all
/// that are due, so a loop over it does not keep others from their turn. Dropping it takes the timer back.
///
/// # Panics
///
/// Polling panics on a thread where no reactor runs, and where another one runs than at the first poll.
#[derive(Debug)]
#[must_use = "futures do nothing unless awaited"]
pub struct Sleep {
    state: State,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// Not polled yet; nor was there a clock when it was made.
    After(Duration),
    /// Not polled yet.
    New(Instant),
    /// The number of the reactor, and the timer there.
    Set(u64, TimerKey),
    /// Its reactor is closed, no timer will fire.
    Never,
    Over,
}

impl Sleep {
    /// Whether it was polled and found to be done.
    pub fn is_over(&self) -> bool {
        matches!(self.state, State::Over)
    }

    /// Begins anew, with another deadline; also one that is over. Whoever waits has to poll it again.
    pub fn reset(&mut self, deadline: Instant) {
        self.give_back();
        self.state = State::New(deadline);
    }

    #[track_caller]
    fn begin(&mut self, cx: &Context<'_>, deadline: impl FnOnce(&Clock) -> Instant) {
        let core = current::get().expect(ELSEWHERE);
        let deadline = core.clock().to_nanos(deadline(core.clock()));
        let key = core.set_timer(deadline, Alarm::Wake(cx.waker().clone()));
        self.state = key.map_or(State::Never, |key| State::Set(core.number(), key));
    }

    fn give_back(&mut self) {
        let State::Set(reactor, key) = self.state else {
            return;
        };
        match current::get() {
            Some(core) if core.number() == reactor => drop(core.remove_timer(key)),
            _ => {
                if let Some(remote) = Remote::of(reactor) {
                    remote.drops(Dropped::Timer(key));
                }
            }
        }
    }
}

impl Future for Sleep {
    type Output = ();

    #[track_caller]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        match self.state {
            State::After(duration) => self.begin(cx, |clock| clock.after(duration)),
            State::New(deadline) => self.begin(cx, |_| deadline),
            State::Set(reactor, key) => {
                let core = current::get().expect(ELSEWHERE);
                assert!(
                    core.number() == reactor,
                    "a timer was polled under another reactor than before"
                );
                if core.rewake(key, cx.waker()) {
                    return Poll::Pending;
                }
                if core.is_closed() {
                    self.state = State::Never;
                    return Poll::Pending;
                }
                self.state = State::Over;
                return Poll::Ready(());
            }
            State::Never => {}
            State::Over => return Poll::Ready(()),
        }
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        self.give_back();
    }
}
