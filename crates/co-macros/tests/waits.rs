//! `wait = path`: what `yield_!` does is the path's business.

use co::{Coroutine, CoroutineState, Site, Yielder};
use std::pin::pin;

/// Hands out what it was told to wait for, as text, and gives the value back twice.
async fn twice<T: ToString + Clone>(
    yielder: Yielder<(String, Site), ()>,
    what: T,
    site: &Site,
) -> (T, T) {
    yielder.yield_((what.to_string(), *site)).await;
    (what.clone(), what)
}

#[co::coroutine(wait = twice)]
fn two_types() -> impl Coroutine<(), Yield = (String, Site), Return = String> {
    let (one, other) = yield_!(20 + 1);
    let (text, _) = yield_!("ab");
    format!("{}{text}", one + other)
}

/// Each yield has a type of its own, and knows where it stands.
#[test]
fn each_yield_has_a_type_of_its_own_and_says_where_it_stands() {
    let mut two_types = pin!(two_types());
    let line = line!() - 9;
    let site = |yields, line| Site {
        coroutine: "two_types",
        yields,
        file: file!(),
        line,
    };
    let first = CoroutineState::Yielded(("21".to_owned(), site("20 + 1", line)));
    assert_eq!(two_types.as_mut().start(), first);
    let second = CoroutineState::Yielded(("ab".to_owned(), site("\"ab\"", line + 1)));
    assert_eq!(two_types.as_mut().resume(()), second);
    let end = CoroutineState::Complete("42ab".to_owned());
    assert_eq!(two_types.resume(()), end);
}

/// With `start`, the types of `wait` are known in the body without being written.
#[co::coroutine(start = run, wait = twice)]
fn started(n: usize) -> Vec<String> {
    let (one, other) = yield_!(n);
    assert_eq!(one.pow(2), other.pow(2));
    yield_!("end").0.len()
}

fn run(c: impl Coroutine<(), Yield = (String, Site), Return = usize>) -> Vec<String> {
    let mut c = pin!(c);
    let mut told = Vec::new();
    let mut state = c.as_mut().start();
    loop {
        match state {
            CoroutineState::Yielded((what, site)) => {
                told.push(format!(
                    "{} yields {} as {what}",
                    site.coroutine, site.yields
                ));
                state = c.as_mut().resume(());
            }
            CoroutineState::Complete(n) => {
                told.push(n.to_string());
                return told;
            }
        }
    }
}

#[test]
fn start_and_wait_go_together() {
    let told = [
        "started yields n as 7",
        "started yields \"end\" as end",
        "3",
    ];
    assert_eq!(started(7), told);
}

/// What `path` asks for is known in the body: a method on what `yield_!` gives needs no annotation.
#[co::coroutine(start = with_a_reply)]
fn asks() -> usize {
    yield_!(1).len()
}

fn with_a_reply(c: impl Coroutine<String, Yield = u8, Return = usize>) -> usize {
    let mut c = pin!(c);
    assert_eq!(c.as_mut().start(), CoroutineState::Yielded(1));
    match c.resume("reply".to_owned()) {
        CoroutineState::Complete(length) => length,
        CoroutineState::Yielded(_) => 0,
    }
}

#[test]
fn the_bounds_of_start_are_known_in_the_body() {
    assert_eq!(asks(), 5);
}
