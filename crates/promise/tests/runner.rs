//! The Runner: a call starts the coroutine, and its future gets what the coroutine returns. Rows C1 to C9, C13, C14.
//!
//! Not here, because they do not compile: a bad yield (C11) and a promise set twice (B5), which are doctests of
//! `Waitable` and `Promise`.

mod told;

use std::io;
use std::sync::Arc;

use promise::{Error, Future, Runner, pair, run, wait};
use timeline::{tell, thread};
use told::told;

/// Tells when it is dropped: `finally`.
struct Finally(&'static str);

impl Drop for Finally {
    fn drop(&mut self) {
        tell(self.0);
    }
}

fn taken<T>(future: Future<T>) -> Result<T, Error> {
    match future.try_take() {
        Ok(outcome) => outcome,
        Err(future) => panic!("{future:?} is not done"),
    }
}

#[co::coroutine(start = run, wait = wait)]
fn shout(word: Future<String>) -> Future<String> {
    tell("A begins");
    let word = yield_!(word)?;
    tell(format!("A resumed with {word:?}"));
    Ok(word.to_uppercase())
}

#[test]
fn c1_c2_c4_it_runs_at_the_call_up_to_its_wait_and_on_inside_set() {
    let events = told(|| {
        let (promise, word) = pair();
        tell("call");
        let loud: Future<String> = shout(word);
        tell("call returns");
        assert!(!loud.is_done());
        let setter = thread::spawn("setter", move || {
            tell("set");
            promise.set("io result".to_owned());
            tell("set returns");
        });
        setter.join().unwrap();
        assert_eq!(taken(loud).unwrap(), "IO RESULT");
    });
    let expected = [
        "main: call",
        "main: A begins", // before the call returns (C2)
        "main: call returns",
        "setter-1: set",
        "setter-1: A resumed with \"io result\"", // on the setter's thread, with the value (C4)
        "setter-1: set returns",
    ];
    assert_eq!(events, expected);
}

#[test]
fn c3_a_coroutine_that_never_yields_is_done_when_the_call_returns() {
    #[co::coroutine(start = run, wait = wait)]
    fn add(a: u32, b: u32) -> Future<u32> {
        Ok(a + b)
    }
    assert_eq!(taken(add(40, 2)).unwrap(), 42);
}

#[test]
fn c2_a_wait_that_is_done_does_not_end_the_first_run() {
    let events = told(|| {
        let loud = shout(Future::ready(Ok("now".to_owned())));
        assert_eq!(taken(loud).unwrap(), "NOW");
    });
    let expected = ["main: A begins", "main: A resumed with \"now\""];
    assert_eq!(events, expected);
}

#[test]
fn c5_an_error_of_the_body_stays_in_the_future() {
    #[co::coroutine(start = run, wait = wait)]
    fn read() -> Future<String> {
        Err(io::Error::from(io::ErrorKind::NotFound))?;
        Ok(String::new())
    }
    let error = taken(read()).unwrap_err();
    let kind = error.downcast_ref::<io::Error>().map(io::Error::kind);
    assert_eq!(kind, Some(io::ErrorKind::NotFound));
}

#[co::coroutine(start = run, wait = wait)]
fn panics(first: Future<()>) -> Future<()> {
    let _finally = Finally("locals dropped");
    yield_!(first)?;
    tell("body panics");
    panic!("lost my way")
}

#[test]
fn c5_a_panic_of_the_body_stays_in_the_future_at_the_call() {
    let events = told(|| {
        let future = panics(Future::ready(Ok(())));
        let error = taken(future).unwrap_err();
        assert_eq!(error.panic_message(), Some("lost my way"));
    });
    assert_eq!(events, ["main: body panics", "main: locals dropped"]);
}

#[test]
fn c5_a_panic_of_the_body_stays_in_the_future_when_resumed() {
    let events = told(|| {
        let (promise, first) = pair();
        let future = panics(first);
        future.add_done_callback(|_| tell("future done"));
        promise.set(());
        tell("set returns");
        assert_eq!(
            taken(future).unwrap_err().panic_message(),
            Some("lost my way")
        );
    });
    let expected = [
        "main: body panics",
        "main: locals dropped", // before anybody sees the outcome
        "main: future done",
        "main: set returns", // the setter never hears of it
    ];
    assert_eq!(events, expected);
}

#[test]
fn c6_an_error_comes_in_at_the_yield_and_may_be_caught() {
    #[co::coroutine(start = run, wait = wait)]
    fn careful(risky: Future<u32>, safe: Future<u32>) -> Future<u32> {
        let _finally = Finally("finally");
        match yield_!(risky) {
            Ok(n) => Ok(n),
            Err(error) => {
                tell(format!("caught: {error}"));
                yield_!(safe) // it goes on, and may wait again
            }
        }
    }
    let events = told(|| {
        let (first, risky) = pair();
        let (second, safe) = pair();
        let future = careful(risky, safe);
        first.fail(Error::message("no"));
        tell("first set");
        second.set(7);
        assert_eq!(taken(future).unwrap(), 7);
    });
    let expected = ["main: caught: no", "main: first set", "main: finally"];
    assert_eq!(events, expected);
}

#[test]
fn c6_another_error_may_be_raised_instead() {
    #[co::coroutine(start = run, wait = wait)]
    fn translates(risky: Future<u32>) -> Future<u32> {
        yield_!(risky).map_err(|_| Error::message("my own words"))
    }
    let future = translates(Future::ready(Err(Error::message("theirs"))));
    assert_eq!(taken(future).unwrap_err().to_string(), "my own words");
}

#[test]
fn c6_a_broken_promise_comes_in_at_the_yield() {
    let events = told(|| {
        let (promise, word) = pair();
        let loud = shout(word);
        drop(promise);
        assert!(taken(loud).unwrap_err().is_broken());
    });
    assert_eq!(events, ["main: A begins"]);
}

mod levels {
    use super::*;

    #[co::coroutine(start = run, wait = wait)]
    pub(super) fn handle(page: Future<u32>) -> Future<u32> {
        let _finally = Finally("handle's finally");
        let doubled = yield_!(render(page))?;
        tell("handle goes on");
        Ok(doubled + 1)
    }

    #[co::coroutine(start = run, wait = wait)]
    fn render(page: Future<u32>) -> Future<u32> {
        let _finally = Finally("render's finally");
        let page = yield_!(load(page))?;
        tell("render goes on");
        Ok(page * 2)
    }

    #[co::coroutine(start = run, wait = wait)]
    fn load(page: Future<u32>) -> Future<u32> {
        let _finally = Finally("load's finally");
        let page = yield_!(page)?;
        tell("load goes on");
        Ok(page)
    }

    /// The line on which the coroutines above begin.
    pub(super) const TOP: u32 = line!() - 27;
}

#[test]
fn c7_c8_a_value_passes_through_three_levels() {
    let events = told(|| {
        let (promise, page) = pair();
        let handled = levels::handle(page);
        promise.set(20);
        assert_eq!(taken(handled).unwrap(), 41);
    });
    let expected = [
        "main: load goes on",
        "main: load's finally",
        "main: render goes on",
        "main: render's finally",
        "main: handle goes on",
        "main: handle's finally",
    ];
    assert_eq!(events, expected);
}

#[test]
fn c7_an_error_passes_through_three_levels_and_says_where_inner_first() {
    let events = told(|| {
        let (promise, page) = pair();
        let handled = levels::handle(page);
        promise.fail(io::Error::other("server hung up"));
        let error = taken(handled).unwrap_err();
        let (file, top) = (file!(), levels::TOP);
        let chain = format!(
            "server hung up\n  \
               in load, at yield_!(page), {file}:{}\n  \
               in render, at yield_!(load(page)), {file}:{}\n  \
               in handle, at yield_!(render(page)), {file}:{}",
            top + 21,
            top + 13,
            top + 5,
        );
        assert_eq!(format!("{error:#}"), chain);
        assert_eq!(error.to_string(), "server hung up");
    });
    let expected = [
        "main: load's finally",
        "main: render's finally",
        "main: handle's finally",
    ];
    assert_eq!(events, expected);
}

#[test]
fn c8_without_a_value_the_result_is_unit() {
    #[co::coroutine(start = run, wait = wait)]
    fn nothing(first: Future<u8>) -> Future<()> {
        yield_!(first)?;
        Ok(())
    }
    let (promise, first) = pair();
    let future = nothing(first);
    promise.set(1);
    taken(future).unwrap();
}

/// Neither the stack nor the thread changes, however many.
#[test]
fn c9_a_hundred_thousand_waits_that_are_done_resume_without_a_pause() {
    #[co::coroutine(start = run, wait = wait)]
    fn sum(rounds: u64) -> Future<u64> {
        let mut sum = 0;
        for n in 0..rounds {
            sum += yield_!(Future::ready(Ok(n)))?;
        }
        Ok(sum)
    }
    let rounds = if cfg!(miri) { 100 } else { 100_000 };
    assert_eq!(taken(sum(rounds)).unwrap(), rounds * (rounds - 1) / 2);
}

/// Done between the look and the putting aside, each time: the driver loops, and does not nest.
#[test]
fn c9_a_wait_that_is_done_while_it_is_put_aside_does_not_use_the_stack() {
    let rounds = if cfg!(miri) { 100 } else { 100_000 };
    let promises = Arc::new(std::sync::Mutex::new(None));
    let setter = promises.clone();
    let runner = Runner::new().on_suspend(move || {
        let promise: Option<promise::Promise<u32>> = setter.lock().unwrap().take();
        promise.expect("suspended once for each").set(1);
    });
    let sum = runner.run(co::from_async(move |y| async move {
        let mut sum = 0;
        for _ in 0..rounds {
            let (promise, future) = pair();
            *promises.lock().unwrap() = Some(promise);
            let site = &co::Site {
                coroutine: "sum",
                yields: "future",
                file: file!(),
                line: line!(),
            };
            sum += wait(y, future, site).await?;
        }
        Ok(sum)
    }));
    assert_eq!(taken(sum).unwrap(), rounds);
}

/// Whoever holds a suspended coroutine is what it waits for, and nobody else.
#[test]
fn c13_nothing_leaks() {
    #[co::coroutine(start = run, wait = wait)]
    fn holds(argument: Arc<()>, first: Future<()>) -> Future<usize> {
        yield_!(first)?;
        Ok(Arc::strong_count(&argument))
    }
    let argument = Arc::new(());

    let (promise, first) = pair();
    let future = holds(argument.clone(), first);
    drop(future); // does not stop it
    assert_eq!(Arc::strong_count(&argument), 2);
    promise.set(());
    assert_eq!(Arc::strong_count(&argument), 1);

    let (promise, first) = pair();
    let future = holds(argument.clone(), first);
    drop(promise);
    assert_eq!(Arc::strong_count(&argument), 1);
    assert!(taken(future).unwrap_err().is_broken());
}

#[test]
fn c13_the_locals_are_gone_before_the_result_is_seen() {
    let argument = Arc::new(());
    let seen = Arc::downgrade(&argument);
    let (promise, first) = pair();
    let future = run(co::from_async(move |y| async move {
        let _held = argument;
        let site = &co::Site {
            coroutine: "holds",
            yields: "first",
            file: file!(),
            line: line!(),
        };
        wait(y, first, site).await
    }));
    let then = seen.clone();
    future.add_done_callback(move |_| assert_eq!(then.strong_count(), 0));
    assert_eq!(seen.strong_count(), 1);
    promise.set(());
    assert_eq!(seen.strong_count(), 0);
}

#[test]
fn c14_a_callback_gets_the_result() {
    let events = told(|| {
        let (promise, word) = pair();
        shout(word).add_done_callback(|loud| tell(format!("callback gets {loud:?}")));
        promise.set("x".to_owned());
    });
    let expected = [
        "main: A begins",
        "main: A resumed with \"x\"",
        "main: callback gets Ok(\"X\")",
    ];
    assert_eq!(events, expected);
}

/// Each wait has its own type, and takes its own value.
#[test]
fn many_waits_of_many_types_in_one_coroutine() {
    #[co::coroutine(start = run, wait = wait)]
    fn collect(
        n: Future<u8>,
        text: Future<&'static str>,
        list: Future<Vec<char>>,
    ) -> Future<String> {
        let n = yield_!(n)?;
        let text = yield_!(text)?;
        let list = yield_!(list)?;
        Ok(format!("{n} {text} {list:?}"))
    }
    let ((a, n), (b, text), (c, list)) = (pair(), pair(), pair());
    let future = collect(n, text, list);
    // Not in the order in which they are waited for.
    c.set(vec!['c']);
    a.set(1);
    assert!(!future.is_done());
    b.set("b");
    assert_eq!(taken(future).unwrap(), "1 b ['c']");
}
