//! What does a resume cost? The same coroutine written by hand as an enum, by `#[co::coroutine]`, with two other crates,
//! genawaiter (an async block as well) and corosensei (a stack of its own), and as a thread with two channels.
//!
//! The coroutine keeps a total and has two stops: at one what comes in is added, at the other it is mixed in. Zero
//! ends it. What goes in and what comes out is opaque to the optimizer, the same in all, so that no resume is folded
//! into the next.
//!
//! To reach: ours at most 4 times the enum, and at least 3 times faster than genawaiter and corosensei; made and
//! started at least 8 times faster than genawaiter's stack flavour. The last is not reached (`benches/results` says how
//! far): all that is left of making and starting one is taking its id, which reads and writes a thread-local.

mod cost;

use std::hint::black_box;
use std::pin::{Pin, pin};
use std::sync::mpsc;
use std::thread;

use co::{Coroutine, CoroutineState};
use corosensei::CoroutineResult;
use cost::{Limit, Ours, Peer, Question, Spent, Unit};
use genawaiter::GeneratorState;
use genawaiter::stack::let_gen_using;

type Object = Pin<Box<dyn Coroutine<u64, Yield = u64, Return = u64>>>;

/// The coroutine as one writes it by hand.
enum ByHand {
    Unstarted,
    Adding(u64),
    Mixing(u64),
    Complete,
}

impl Coroutine<u64> for ByHand {
    type Yield = u64;
    type Return = u64;

    #[inline]
    fn start(mut self: Pin<&mut Self>) -> CoroutineState<u64, u64> {
        let Self::Unstarted = *self else {
            panic!("started twice");
        };
        *self = Self::Adding(0);
        CoroutineState::Yielded(0)
    }

    #[inline]
    fn resume(mut self: Pin<&mut Self>, value: u64) -> CoroutineState<u64, u64> {
        let (next, state) = match (&*self, value) {
            (Self::Adding(total) | Self::Mixing(total), 0) => {
                (Self::Complete, CoroutineState::Complete(*total))
            }
            (Self::Adding(total), value) => {
                let total = total.wrapping_add(value);
                (Self::Mixing(total), CoroutineState::Yielded(total))
            }
            (Self::Mixing(total), value) => {
                let total = total ^ value;
                (Self::Adding(total), CoroutineState::Yielded(total))
            }
            (Self::Unstarted, _) => panic!("resumed before it was started"),
            (Self::Complete, _) => panic!("resumed after it was complete"),
        };
        *self = next;
        state
    }
}

/// The same, written by the macro.
#[co::coroutine]
#[inline]
fn by_macro() -> impl Coroutine<u64, Yield = u64, Return = u64> {
    let mut total = 0u64;
    loop {
        match yield_!(total) {
            0 => return total,
            value => total = total.wrapping_add(value),
        }
        match yield_!(total) {
            0 => return total,
            value => total ^= value,
        }
    }
}

/// The same as genawaiter takes it, for either of its flavours.
macro_rules! genawaiter_body {
    () => {
        |co| async move {
            let mut total = 0u64;
            loop {
                match co.yield_(total).await {
                    0 => return total,
                    value => total = total.wrapping_add(value),
                }
                match co.yield_(total).await {
                    0 => return total,
                    value => total ^= value,
                }
            }
        }
    };
}

/// The same on a stack of its own. The value that starts it is left unread, as genawaiter's is.
fn corosensei_body(y: &corosensei::Yielder<u64, u64>, _: u64) -> u64 {
    let mut total = 0u64;
    loop {
        match y.suspend(total) {
            0 => return total,
            value => total = total.wrapping_add(value),
        }
        match y.suspend(total) {
            0 => return total,
            value => total ^= value,
        }
    }
}

/// The same as a thread: a channel for what goes in, and one for what comes out. Each holds one value.
struct Thread {
    into: mpsc::SyncSender<u64>,
    out: mpsc::Receiver<u64>,
    thread: thread::JoinHandle<u64>,
}

impl Thread {
    fn start() -> (Thread, u64) {
        let (into, values) = mpsc::sync_channel(1);
        let (totals, out) = mpsc::sync_channel(1);
        let thread = thread::spawn(move || {
            let resumed_after = |total: u64| {
                totals.send(total).expect("somebody resumes it");
                values.recv().expect("somebody resumes it")
            };
            let mut total = 0u64;
            loop {
                match resumed_after(total) {
                    0 => return total,
                    value => total = total.wrapping_add(value),
                }
                match resumed_after(total) {
                    0 => return total,
                    value => total ^= value,
                }
            }
        });
        let thread = Thread { into, out, thread };
        let total = thread.yielded();
        (thread, total)
    }

    fn yielded(&self) -> u64 {
        self.out.recv().expect("it yields until it is sent zero")
    }

    fn resume(&self, value: u64) -> u64 {
        self.into.send(value).expect("it waits for a value");
        self.yielded()
    }

    fn end(self) -> u64 {
        self.into.send(0).expect("it waits for a value");
        self.thread.join().expect("it does not panic")
    }
}

/// The value that a coroutine of ours hands out, which is what its caller works with.
///
/// To pass the whole state to `black_box` would write it out in pieces and read it back at once, and that stall costs
/// more than all the rest.
#[inline]
fn yielded(state: CoroutineState<u64, u64>) -> u64 {
    match state {
        CoroutineState::Yielded(value) => value,
        CoroutineState::Complete(_) => unreachable!(),
    }
}

/// The same for genawaiter.
#[inline]
fn generated(state: GeneratorState<u64, u64>) -> u64 {
    match state {
        GeneratorState::Yielded(value) => value,
        GeneratorState::Complete(_) => unreachable!(),
    }
}

/// The same for corosensei.
#[inline]
fn suspended(state: CoroutineResult<u64, u64>) -> u64 {
    match state {
        CoroutineResult::Yield(value) => value,
        CoroutineResult::Return(_) => unreachable!(),
    }
}

/// Times a resume over and over. The coroutine is a local beside the loop, as in most programs, so that the compiler may
/// inline a resume and keep the coroutine's state in registers, where it is able to.
#[inline(always)]
fn repeat(times: u64, mut resume: impl FnMut(u64) -> u64) -> Spent {
    Spent::in_(|| {
        for _ in 0..times {
            black_box(resume(black_box(1)));
        }
    })
}

fn resume(question: &mut Question<'_>) {
    let row = question.row("resume", 1);
    row.time(Limit, "enum by hand", |times| {
        let mut c = pin!(ByHand::Unstarted);
        yielded(c.as_mut().start());
        repeat(times, |value| yielded(c.as_mut().resume(value)))
    });
    row.time(Ours, "#[co::coroutine]", |times| {
        let mut c = pin!(by_macro());
        yielded(c.as_mut().start());
        repeat(times, |value| yielded(c.as_mut().resume(value)))
    });
    row.time(Peer, "genawaiter, stack", |times| {
        let_gen_using!(c, genawaiter_body!());
        generated(c.resume_with(0));
        repeat(times, |value| generated(c.resume_with(value)))
    });
    row.time(Peer, "genawaiter, rc", |times| {
        let mut c = genawaiter::rc::Gen::new(genawaiter_body!());
        generated(c.resume_with(0));
        repeat(times, |value| generated(c.resume_with(value)))
    });
    row.time(Peer, "corosensei", |times| {
        let mut c = corosensei::Coroutine::new(corosensei_body);
        suspended(c.resume(0));
        repeat(times, |value| suspended(c.resume(value)))
    });
    row.time(Peer, "thread and channels", |times| {
        let (thread, _) = Thread::start();
        let spent = repeat(times, |value| thread.resume(value));
        thread.end();
        spent
    });
}

/// The caller does not know which coroutine it resumes, so nothing is inlined.
fn resume_dyn(question: &mut Question<'_>) {
    type Generator = Pin<Box<dyn genawaiter::Coroutine<Yield = u64, Resume = u64, Return = u64>>>;
    let row = question.row("resume behind dyn", 1);
    row.time(Limit, "enum by hand", |times| {
        let mut c: Object = black_box(Box::pin(ByHand::Unstarted));
        yielded(c.as_mut().start());
        repeat(times, |value| yielded(c.as_mut().resume(value)))
    });
    row.time(Ours, "#[co::coroutine]", |times| {
        let mut c: Object = black_box(Box::pin(by_macro()));
        yielded(c.as_mut().start());
        repeat(times, |value| yielded(c.as_mut().resume(value)))
    });
    row.time(Peer, "genawaiter, rc", |times| {
        let made = genawaiter::rc::Gen::new(genawaiter_body!());
        let mut c: Generator = black_box(Box::pin(made));
        generated(c.as_mut().resume_with(0));
        repeat(times, |value| generated(c.as_mut().resume_with(value)))
    });
}

/// Times making one over and over: creation, first resume, and the drop that follows.
#[inline(always)]
fn make(times: u64, mut make: impl FnMut() -> u64) -> Spent {
    Spent::in_(|| {
        for _ in 0..times {
            black_box(make());
        }
    })
}

fn create(question: &mut Question<'_>) {
    let row = question.row("create, start, drop", 1);
    row.time(Limit, "enum by hand", |times| {
        make(times, || yielded(pin!(ByHand::Unstarted).start()))
    });
    row.time(Ours, "#[co::coroutine]", |times| {
        make(times, || yielded(pin!(by_macro()).start()))
    });
    row.time(Peer, "genawaiter, stack", |times| {
        make(times, || {
            let_gen_using!(c, genawaiter_body!());
            generated(c.resume_with(black_box(0)))
        })
    });
    row.time(Peer, "corosensei", |times| {
        make(times, || {
            suspended(corosensei::Coroutine::new(corosensei_body).resume(black_box(0)))
        })
    });
    row.time(Peer, "thread and channels", |times| {
        make(times, || {
            let (thread, total) = Thread::start();
            total.wrapping_add(thread.end())
        })
    });
}

/// The same where the caller is not to know which coroutine it is: it costs an allocation. genawaiter's takes two.
fn create_boxed(question: &mut Question<'_>) {
    let row = question.row("create, start, drop, on the heap", 1);
    row.time(Limit, "enum by hand, boxed dyn", |times| {
        make(times, || {
            let mut c: Object = black_box(Box::pin(ByHand::Unstarted));
            yielded(c.as_mut().start())
        })
    });
    row.time(Ours, "#[co::coroutine], boxed dyn", |times| {
        make(times, || {
            let mut c: Object = black_box(Box::pin(by_macro()));
            yielded(c.as_mut().start())
        })
    });
    row.time(Peer, "genawaiter, rc", |times| {
        make(times, || {
            generated(genawaiter::rc::Gen::new(genawaiter_body!()).resume_with(black_box(0)))
        })
    });
}

/// Where genawaiter's stack flavour keeps the coroutine; what one resumes is a reference to it.
fn shelf<Y, R, F: Future>(_: &genawaiter::stack::Gen<'_, Y, R, F>) -> usize {
    size_of::<genawaiter::stack::Shelf<Y, R, F>>()
}

fn size(question: &mut Question<'_>) {
    let_gen_using!(stack, genawaiter_body!());
    let stack = shelf(stack);
    let rc = size_of_val(&genawaiter::rc::Gen::new(genawaiter_body!()));
    let stackful = size_of_val(&corosensei::Coroutine::new(corosensei_body));
    let row = question.row("size", 1);
    for (kind, contestant, bytes) in [
        (Limit, "enum by hand", size_of::<ByHand>()),
        (Ours, "#[co::coroutine]", size_of_val(&by_macro())),
        (Peer, "genawaiter, stack", stack),
    ] {
        row.figure(kind, contestant, Unit::Bytes, move || Ok(bytes as f64));
    }
    // These are handles: what they hold is elsewhere.
    for (contestant, bytes, elsewhere) in [
        ("genawaiter, rc", rc, "two allocations"),
        ("corosensei", stackful, "a stack"),
        (
            "thread and channels",
            size_of::<Thread>(),
            "a stack and two channels",
        ),
    ] {
        let why = format!("a handle of {bytes} B, and {elsewhere}");
        row.figure(Peer, contestant, Unit::Bytes, move || Err(why));
    }
}

fn main() {
    let mut question = Question::new("resume");
    resume(&mut question);
    resume_dyn(&mut question);
    create(&mut question);
    create_boxed(&mut question);
    size(&mut question);
    question.run();
}
