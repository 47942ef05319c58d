//! One call that blocks stops everybody: `cargo run --release -p lesson-08-event-loop --example blocked`
//!
//! With `compute` A computes instead of waiting; with `pool` what blocks is done on a thread of the pool.

use std::convert::Infallible;
use std::hash::{DefaultHasher, Hasher};
use std::hint::black_box;
use std::time::Duration;

use ioloop::{IoLoop, sleep};
use lesson_01_blocking::request_c;
use lesson_06_future::in_pool;
use lesson_08_event_loop::Requests;
use timeline::{Recording, Story, Style, chart, line, tell};

/// What A needs.
#[derive(Clone, Copy)]
pub(crate) enum Work {
    /// A call that returns when something has happened.
    Waits(fn()),
    /// So many rounds of a hash.
    Computes(u32),
}

/// What B waits for, on the loop's clock.
pub(crate) const TIMER: Duration = Duration::from_millis(10);

/// B sets its timer; then A is served, in the loop or on a thread of the pool, and C.
pub(crate) fn serve(work: Work, pool: bool) {
    let requests = Requests::on(IoLoop::current());
    let b = requests.spawn("B", async {
        tell("B begins");
        sleep(TIMER).await;
        tell("B resumed by its timer");
        tell("B ends");
    });
    let a = requests.spawn("A", async move {
        tell("A begins");
        let work = move || {
            match work {
                Work::Waits(wait) => waits(wait),
                Work::Computes(rounds) => computes(rounds),
            }
            Ok::<(), Infallible>(())
        };
        if pool {
            in_pool(work).await.expect("it cannot fail");
            tell("A resumed");
        } else {
            let Ok(()) = work();
        }
        tell("A ends");
    });
    let c = requests.spawn("C", async { request_c() });
    requests.block_on(async {
        for request in [a, b, c] {
            request.await.expect("no request panics");
        }
    });
}

fn waits(wait: fn()) {
    tell("I/O begins");
    wait();
    tell("I/O ends");
}

/// A password is hashed many times over, so that guessing it takes as long. For a real one take a function that is made
/// for it, such as Argon2; the hash of std's maps stands here for what that costs.
fn computes(rounds: u32) {
    tell("A computes");
    let mut hash = 0;
    for _ in 0..rounds {
        let mut hasher = DefaultHasher::new();
        hasher.write_u64(black_box(hash));
        hash = hasher.finish();
    }
    black_box(hash);
    tell("A has computed");
}

/// How much too late B's timer was.
pub(crate) fn late(recording: &Recording) -> Duration {
    let when = |what| recording.when(what).expect(what);
    when("B resumed by its timer") - when("B begins") - TIMER
}

fn main() {
    let mut work = Work::Waits(|| std::thread::sleep(Duration::from_millis(300)));
    let mut pool = false;
    for word in std::env::args().skip(1) {
        match &*word {
            "compute" => work = Work::Computes(20_000_000),
            "pool" => pool = true,
            _ => {
                eprintln!("blocked: no {word:?}, but `compute`, or `pool`, or both");
                std::process::exit(2);
            }
        }
    }
    let style = Style::of_terminal();
    let story = Story::new().watch(move |event| println!("{}", line(event, style)));
    let recording = story.run(|| serve(work, pool)).expect("no thread panics");
    println!("\n{}", chart(&recording, style).trim_end());
    let late = late(&recording).as_micros() as f64 / 1e3;
    println!("\nB's timer of {TIMER:?} came {late:.1} ms too late");
}
