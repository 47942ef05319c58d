//! `#[co::coroutine(start = path)]`: the call hands the coroutine to `path`.

mod drive;

use co::{Coroutine, CoroutineState};
use drive::to_end;
use std::num::ParseIntError;
use std::pin::{Pin, pin};

/// Answers every question with its length.
fn answer<C: Coroutine<String, Yield = &'static str, Return = ()>>(
    coroutine: C,
) -> Vec<&'static str> {
    let mut coroutine = pin!(coroutine);
    let mut asked = Vec::new();
    let mut state = coroutine.as_mut().start();
    while let CoroutineState::Yielded(question) = state {
        asked.push(question);
        state = coroutine.as_mut().resume(question.len().to_string());
    }
    asked
}

#[co::coroutine(start = answer)]
fn ask(first: &'static str) -> Vec<&'static str> {
    let reply: String = yield_!(first);
    assert_eq!(reply.len(), 1);
    yield_!("bye");
}

#[test]
fn a_call_starts_the_coroutine_and_gives_what_the_path_returns() {
    assert_eq!(ask("name?"), ["name?", "bye"]);
}

#[co::coroutine(start = answer,)]
fn unused_reply() -> Vec<&'static str> {
    yield_!("a");
}

#[test]
fn the_types_come_from_the_bounds_of_the_path() {
    assert_eq!(unused_reply(), ["a"]);
}

#[co::coroutine(start = Box::pin)]
fn depth(n: u32) -> Pin<Box<dyn Coroutine<(), Yield = u32, Return = ()>>> {
    yield_!(n);
    if n > 0 {
        for below in to_end(depth(n - 1)).0 {
            yield_!(below);
        }
    }
}

#[co::coroutine(start = Box::pin)]
fn borrowed<'a>(
    text: &'a str,
) -> Pin<Box<dyn Coroutine<(), Yield = &'a str, Return = ()> + Send + 'a>> {
    yield_!(&text[1..]);
}

#[test]
fn a_boxed_coroutine_may_recurse_and_borrow() {
    assert_eq!(to_end(depth(2)).0, [2, 1, 0]);
    let text = String::from("abc");
    assert_eq!(to_end(borrowed(&text)).0, ["bc"]);
}

mod slot {
    use super::*;

    pub(crate) fn collect<Y, T>(
        coroutine: impl Coroutine<(), Yield = Y, Return = T>,
    ) -> (Vec<Y>, T) {
        to_end(coroutine)
    }

    pub(crate) struct Slot<T>(T);

    impl<T> Slot<T> {
        pub(crate) fn keep<C: Coroutine<(), Yield = T, Return = Result<u8, ParseIntError>>>(
            coroutine: C,
        ) -> Result<(Vec<Self>, u8), ParseIntError> {
            let (yielded, result) = to_end(coroutine);
            Ok((yielded.into_iter().map(Slot).collect(), result?))
        }

        pub(crate) fn get(self) -> T {
            self.0
        }
    }

    pub(crate) trait Start<T> {
        fn start<C: Coroutine<(), Yield = u8, Return = T>>(coroutine: C) -> T;
    }

    impl<T> Start<T> for u8 {
        fn start<C: Coroutine<(), Yield = u8, Return = T>>(coroutine: C) -> T {
            to_end(coroutine).1
        }
    }
}

#[co::coroutine(start = slot::collect)]
fn in_a_module(items: impl Iterator<Item = u8>) -> (Vec<u8>, &'static str) {
    for item in items {
        yield_!(item);
    }
    "end"
}

#[co::coroutine(start = slot::Slot::<u16>::keep)]
fn with_generics(text: &str) -> Result<(Vec<slot::Slot<u16>>, u8), ParseIntError> {
    yield_!(1);
    let n: u8 = text.parse()?;
    Ok(n)
}

#[co::coroutine(start = <u8 as slot::Start<bool>>::start)]
fn qualified() -> bool {
    yield_!(1);
    true
}

struct Owner;

impl Owner {
    fn run<T>(coroutine: impl Coroutine<(), Yield = (), Return = T>) -> T {
        to_end(coroutine).1
    }

    #[co::coroutine(start = Self::run)]
    fn method(&self, n: u8) -> u8 {
        yield_!();
        n + 1
    }
}

#[test]
fn any_path_to_a_function_does() {
    assert_eq!(in_a_module([1, 2].into_iter()), (vec![1, 2], "end"));
    let (yielded, n) = with_generics("3").unwrap();
    assert_eq!(
        (yielded.into_iter().map(slot::Slot::get).collect(), n),
        (vec![1], 3)
    );
    assert!(with_generics("x").is_err());
    assert!(qualified());
    assert_eq!(Owner.method(1), 2);
}

#[co::coroutine(start = send)]
fn from_afar(text: String) {
    yield_!(text);
}

fn send<C: Coroutine<(), Yield = String, Return = ()> + Send + 'static>(coroutine: C) {
    let ran = std::thread::spawn(move || to_end(coroutine).0)
        .join()
        .unwrap();
    assert_eq!(ran, ["far"]);
}

#[test]
fn a_coroutine_of_owned_arguments_is_static_and_send() {
    from_afar("far".to_owned());
}

#[test]
fn a_function_named_main_may_be_started() {
    #[co::coroutine(start = answer)]
    fn main() -> Vec<&'static str> {
        yield_!("even one named main");
    }
    assert_eq!(main().len(), 1);
}
