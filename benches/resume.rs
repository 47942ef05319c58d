//! What does a resume cost? The same coroutine written by hand as an enum, as an async block behind [`co`], and with
//! two other crates: genawaiter (an async block as well) and corosensei (a stack of its own).
//!
//! The coroutine keeps a total and has two stops: at one what comes in is added, at the other it is mixed in. Zero
//! ends it. What goes in and what comes out is opaque to the optimizer, the same in all, so that no resume is folded
//! into the next.
//!
//! To reach: `from_async` at most 4 times the enum, and at least 3 times faster than genawaiter and corosensei; made and
//! started at least 8 times faster than genawaiter's stack flavour. The last is not reached, about 5 times is: all that
//! is left of making and starting one is taking its id, which reads and writes a thread-local.

use std::hint::black_box;
use std::pin::{Pin, pin};
use std::time::{Duration, Instant};

use co::{Coroutine, CoroutineState, FromAsync, Yielder};
use corosensei::CoroutineResult;
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion};
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
        let total = match *self {
            Self::Unstarted => panic!("resumed before it was started"),
            Self::Adding(total) | Self::Mixing(total) if value == 0 => {
                *self = Self::Complete;
                return CoroutineState::Complete(total);
            }
            Self::Adding(total) => {
                let total = total.wrapping_add(value);
                *self = Self::Mixing(total);
                total
            }
            Self::Mixing(total) => {
                let total = total ^ value;
                *self = Self::Adding(total);
                total
            }
            Self::Complete => panic!("resumed after it was complete"),
        };
        CoroutineState::Yielded(total)
    }
}

/// The same as an async block.
#[inline]
fn from_async() -> FromAsync<u64, u64, impl Future<Output = u64>> {
    co::from_async(|y: Yielder<u64, u64>| async move {
        let mut total = 0u64;
        loop {
            match y.yield_(total).await {
                0 => return total,
                value => total = total.wrapping_add(value),
            }
            match y.yield_(total).await {
                0 => return total,
                value => total ^= value,
            }
        }
    })
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
fn time(times: u64, mut resume: impl FnMut(u64) -> u64) -> Duration {
    let start = Instant::now();
    for _ in 0..times {
        black_box(resume(black_box(1)));
    }
    start.elapsed()
}

fn resume(group: &mut BenchmarkGroup<'_, WallTime>) {
    group.bench_function("enum", |b| {
        b.iter_custom(|times| {
            let mut c = pin!(ByHand::Unstarted);
            yielded(c.as_mut().start());
            time(times, |value| yielded(c.as_mut().resume(value)))
        });
    });
    group.bench_function("from_async", |b| {
        b.iter_custom(|times| {
            let mut c = pin!(from_async());
            yielded(c.as_mut().start());
            time(times, |value| yielded(c.as_mut().resume(value)))
        });
    });
    group.bench_function("enum, dyn", |b| {
        b.iter_custom(|times| {
            let mut c: Object = black_box(Box::pin(ByHand::Unstarted));
            yielded(c.as_mut().start());
            time(times, |value| yielded(c.as_mut().resume(value)))
        });
    });
    group.bench_function("from_async, dyn", |b| {
        b.iter_custom(|times| {
            let mut c: Object = black_box(Box::pin(from_async()));
            yielded(c.as_mut().start());
            time(times, |value| yielded(c.as_mut().resume(value)))
        });
    });
    group.bench_function("genawaiter, stack", |b| {
        b.iter_custom(|times| {
            let_gen_using!(c, genawaiter_body!());
            generated(c.resume_with(0));
            time(times, |value| generated(c.resume_with(value)))
        });
    });
    group.bench_function("genawaiter, rc", |b| {
        b.iter_custom(|times| {
            let mut c = genawaiter::rc::Gen::new(genawaiter_body!());
            generated(c.resume_with(0));
            time(times, |value| generated(c.resume_with(value)))
        });
    });
    group.bench_function("corosensei", |b| {
        b.iter_custom(|times| {
            let mut c = corosensei::Coroutine::new(corosensei_body);
            suspended(c.resume(0));
            time(times, |value| suspended(c.resume(value)))
        });
    });
}

/// Creation, first resume, and the drop that follows.
fn create(group: &mut BenchmarkGroup<'_, WallTime>) {
    group.bench_function("enum", |b| {
        b.iter(|| yielded(pin!(ByHand::Unstarted).start()));
    });
    group.bench_function("from_async", |b| {
        b.iter(|| yielded(pin!(from_async()).start()));
    });
    group.bench_function("from_async, boxed dyn", |b| {
        b.iter(|| {
            let mut c: Object = black_box(Box::pin(from_async()));
            yielded(c.as_mut().start())
        });
    });
    group.bench_function("genawaiter, stack", |b| {
        b.iter(|| {
            let_gen_using!(c, genawaiter_body!());
            generated(c.resume_with(black_box(0)))
        });
    });
    group.bench_function("genawaiter, rc", |b| {
        b.iter(|| {
            generated(genawaiter::rc::Gen::new(genawaiter_body!()).resume_with(black_box(0)))
        });
    });
    group.bench_function("corosensei", |b| {
        b.iter(|| suspended(corosensei::Coroutine::new(corosensei_body).resume(black_box(0))));
    });
}

/// Where genawaiter's stack flavour keeps the coroutine; what one resumes is a reference to it.
fn shelf<Y, R, F: Future>(_: &genawaiter::stack::Gen<'_, Y, R, F>) -> usize {
    size_of::<genawaiter::stack::Shelf<Y, R, F>>()
}

fn print_sizes() {
    let_gen_using!(stack, genawaiter_body!());
    let rc = genawaiter::rc::Gen::new(genawaiter_body!());
    let stackful = corosensei::Coroutine::new(corosensei_body);
    println!("bytes of the value that is the coroutine");
    println!("  enum               {:>4}", size_of::<ByHand>());
    println!("  from_async         {:>4}", size_of_val(&from_async()));
    println!("  genawaiter, stack  {:>4}", shelf(stack));
    println!(
        "  genawaiter, rc     {:>4}, and two allocations",
        size_of_val(&rc)
    );
    println!(
        "  corosensei         {:>4}, and a stack of its own",
        size_of_val(&stackful)
    );
}

fn main() {
    print_sizes();
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_millis(1500))
        .configure_from_args();
    let mut group = criterion.benchmark_group("resume");
    resume(&mut group);
    group.finish();
    let mut group = criterion.benchmark_group("create and first resume");
    create(&mut group);
    group.finish();
    criterion.final_summary();
}
