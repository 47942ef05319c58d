//! The bare form: what a signature may say (FA04). Each test is named by the construct that works.

mod drive;

use co::{Coroutine, CoroutineState};
use drive::to_end;
use std::fmt::{Debug, Display};
use std::pin::{Pin, pin};

#[co::coroutine]
fn count(from: u32) -> impl Coroutine<(), Yield = u32, Return = &'static str> {
    yield_!(from);
    yield_!(from + 1);
    "done"
}

#[test]
fn a_call_gives_a_coroutine_that_is_not_started() {
    let began = std::cell::Cell::new(false);

    #[co::coroutine]
    fn begin(began: &std::cell::Cell<bool>) -> impl Coroutine<(), Yield = (), Return = ()> {
        began.set(true);
    }

    let coroutine = pin!(begin(&began));
    assert!(!began.get());
    assert_eq!(coroutine.start(), CoroutineState::Complete(()));
    assert!(began.get());
}

#[test]
fn each_yield_comes_out_in_order_and_the_result_last() {
    assert_eq!(to_end(count(7)), (vec![7, 8], "done"));
}

#[co::coroutine]
fn sum() -> impl Coroutine<i32, Yield = &'static str, Return = i32> {
    // The type of what `yield_!` gives is known: a method can be called at once.
    yield_!("first?").pow(2) + yield_!("second?")
}

#[test]
fn a_resume_value_is_what_yield_evaluates_to() {
    let mut sum = pin!(sum());
    assert_eq!(sum.as_mut().start(), CoroutineState::Yielded("first?"));
    assert_eq!(sum.as_mut().resume(3), CoroutineState::Yielded("second?"));
    assert_eq!(sum.as_mut().resume(4), CoroutineState::Complete(13));
}

#[co::coroutine]
fn no_yield(text: String) -> impl Coroutine<Yield = (), Return = usize> {
    text.len()
}

#[test]
fn a_body_without_a_yield_and_a_missing_resume_type() {
    assert_eq!(to_end(no_yield("four".to_owned())), (vec![], 4));
}

#[co::coroutine]
fn bare_yield() -> impl Coroutine<(), Yield = (), Return = u8> {
    yield_!();
    let () = yield_!();
    yield_![()];
    yield_! {()}
    yield_!((),);
    1
}

#[test]
fn yield_with_nothing_yields_unit_and_any_brackets_do() {
    assert_eq!(to_end(bare_yield()), (vec![(); 5], 1));
}

#[co::coroutine]
fn generic<T, const N: usize>(items: [T; N]) -> impl Coroutine<(), Yield = T, Return = usize>
where
    T: Clone + Debug,
{
    for item in &items {
        yield_!(item.clone());
    }
    N
}

#[test]
fn type_and_const_generics_with_a_where_clause() {
    assert_eq!(to_end(generic(["a", "b"])), (vec!["a", "b"], 2));
}

#[co::coroutine]
fn words<'t>(text: &'t str, skip: &str) -> impl Coroutine<(), Yield = &'t str, Return = ()> {
    for word in text.split(' ') {
        if word != skip {
            yield_!(word);
        }
    }
}

#[co::coroutine]
fn elided(text: &str) -> impl Coroutine<(), Yield = &str, Return = &str> {
    yield_!(&text[..1]);
    &text[1..]
}

#[test]
fn borrowed_arguments_with_named_and_elided_lifetimes() {
    let text = String::from("a b c");
    let skip = String::from("b");
    assert_eq!(to_end(words(&text, &skip)).0, ["a", "c"]);
    assert_eq!(to_end(elided(&text)), (vec!["a"], " b c"));
}

#[co::coroutine]
fn owns<'t>(text: &'t str) -> impl Coroutine<(), Yield = u8, Return = usize> + Send + 't {
    yield_!(1);
    text.len()
}

#[co::coroutine]
fn captures<'a, T: Display>(
    value: &'a T,
) -> impl Coroutine<(), Yield = String, Return = ()> + use<'a, T> {
    yield_!(value.to_string());
}

#[test]
fn further_bounds_send_lifetime_and_use() {
    fn is_send(_: &impl Send) {}
    let owned = owns("abc");
    is_send(&owned);
    assert_eq!(to_end(owned), (vec![1], 3));
    assert_eq!(to_end(captures(&5)).0, ["5"]);
}

#[co::coroutine]
fn impl_arguments(
    items: impl IntoIterator<Item = u8>,
    mut each: impl FnMut(u8) -> u8,
) -> impl Coroutine<(), Yield = u8, Return = ()> {
    for item in items {
        yield_!(each(item));
    }
}

#[test]
fn impl_trait_arguments() {
    let mut seen = 0;
    let doubled = impl_arguments([1, 2], |item| {
        seen += 1;
        item * 2
    });
    assert_eq!(to_end(doubled).0, [2, 4]);
    assert_eq!(seen, 2);
}

#[co::coroutine]
fn opaque_types(
    n: u8,
) -> impl Coroutine<(), Yield = impl Display, Return = (Option<impl Debug>, u8)> {
    yield_!(n);
    (Some(n), n)
}

#[test]
fn impl_trait_in_the_yielded_and_returned_type() {
    let (yielded, result) = to_end(opaque_types(3));
    assert_eq!(yielded[0].to_string(), "3");
    assert_eq!(format!("{result:?}"), "(Some(3), 3)");
}

#[co::coroutine]
fn parse<'a>(
    first: &'a str,
    second: &'a str,
) -> impl Coroutine<(), Yield = i32, Return = Result<i32, Box<dyn std::error::Error>>> {
    let first: i32 = first.parse()?;
    yield_!(first);
    let second: i32 = yield_second(second)?;
    if second < 0 {
        return Err("negative".into());
    }
    Ok(first + second)
}

fn yield_second(text: &str) -> Result<i32, std::num::ParseIntError> {
    text.parse()
}

#[test]
fn question_mark_and_early_return() {
    let ended = |first, second| {
        let (yielded, result) = to_end(parse(first, second));
        (yielded, result.map_err(|error| error.to_string()))
    };
    assert_eq!(ended("1", "2"), (vec![1], Ok(3)));
    assert_eq!(ended("1", "-2"), (vec![1], Err("negative".to_owned())));
    assert_eq!(ended("x", "2").0, []);
    assert!(ended("1", "x").1.is_err());
}

#[co::coroutine]
fn coerced(error: bool) -> impl Coroutine<(), Yield = (), Return = Box<dyn Display>> {
    if error {
        return Box::new("text");
    }
    yield_!();
    Box::new(5)
}

#[co::coroutine]
fn inferred() -> impl Coroutine<(), Yield = u64, Return = Option<Vec<u8>>> {
    // Neither the literal nor the collection says its type: the signature does.
    yield_!(1);
    let collected = [1, 2].into_iter().collect();
    Some(collected)
}

#[test]
fn the_signature_decides_types_and_coercions() {
    assert_eq!(to_end(coerced(true)).1.to_string(), "text");
    assert_eq!(to_end(coerced(false)).1.to_string(), "5");
    assert_eq!(to_end(inferred()), (vec![1], Some(vec![1, 2])));
}

#[co::coroutine]
fn loops() -> impl Coroutine<(), Yield = u8, Return = char> {
    let mut n = 0;
    let found = 'outer: loop {
        loop {
            n += 1;
            if n == 3 {
                continue 'outer;
            }
            if n == 5 {
                break 'outer 'x';
            }
            yield_!(n);
        }
    };
    let n = 'block: {
        if n == 5 {
            break 'block n * 2;
        }
        0
    };
    let n = n + 1;
    yield_!(n);
    loop {
        if n > 0 {
            return found;
        }
    }
}

#[test]
fn labelled_breaks_shadowed_names_and_return_in_a_loop() {
    assert_eq!(to_end(loops()), (vec![1, 2, 4, 11], 'x'));
}

#[co::coroutine]
fn r#match(r#type: u8) -> impl Coroutine<(), Yield = u8, Return = u8> {
    let r#loop = r#type + 1;
    yield_!(r#type);
    r#loop
}

#[test]
fn raw_identifiers() {
    assert_eq!(to_end(r#match(1)), (vec![1], 2));
}

struct Point {
    x: u8,
    y: u8,
}

#[co::coroutine]
fn patterns(
    (first, mut second): (u8, u8),
    Point { x, y: ref renamed }: Point,
    [head, .., tail]: [u8; 4],
    mut grown: Vec<u8>,
    &borrowed: &u8,
    whole @ (inner, _): (u8, u8),
    _: String,
) -> impl Coroutine<(), Yield = u8, Return = Vec<u8>> {
    second += 1;
    yield_!(first);
    grown.extend([second, x, *renamed, head, tail, borrowed, whole.1, inner]);
    yield_!(second);
    grown
}

#[test]
fn patterns_mut_and_the_underscore_as_arguments() {
    let point = Point { x: 3, y: 4 };
    let run = patterns(
        (1, 1),
        point,
        [5, 0, 0, 6],
        vec![0],
        &7,
        (9, 8),
        String::new(),
    );
    assert_eq!(to_end(run), (vec![1, 2], vec![0, 2, 3, 4, 5, 6, 7, 8, 9]));
}

#[co::coroutine]
fn attributed(
    #[allow(unused_mut)] mut kept: u8,
    #[cfg(any())] missing: NoSuchType,
    #[cfg(not(any()))] present: u8,
) -> impl Coroutine<(), Yield = u8, Return = u8> {
    #![allow(unused)]
    let mut never_read = 0;
    never_read = kept;
    yield_!(present);
    kept
}

#[test]
fn attributes_on_arguments_and_inside_the_body() {
    assert_eq!(to_end(attributed(1, 2)), (vec![2], 1));
}

mod outer {
    /// Documented, public, and not to be ignored.
    #[must_use = "start it"]
    #[inline]
    #[co::coroutine]
    pub(super) fn decorated<'a>(
        text: &'a str,
    ) -> impl ::co::Coroutine<(), Yield = char, Return = ()> + 'a {
        for letter in text.chars() {
            yield_!(letter)
        }
    }
}

#[test]
fn visibility_docs_and_other_attributes() {
    assert_eq!(to_end(outer::decorated("ab")).0, ['a', 'b']);
}

#[co::coroutine]
fn depth(n: u32) -> impl Coroutine<(), Yield = u32, Return = u32> {
    if n == 0 {
        return 0;
    }
    let mut inner: Pin<Box<dyn Coroutine<(), Yield = u32, Return = u32>>> = Box::pin(depth(n - 1));
    yield_!(n);
    let mut state = inner.as_mut().start();
    loop {
        match state {
            CoroutineState::Yielded(value) => {
                state = {
                    yield_!(value);
                    inner.as_mut().resume(())
                }
            }
            CoroutineState::Complete(depth) => return depth + 1,
        }
    }
}

#[test]
fn recursion_through_a_box() {
    assert_eq!(to_end(depth(4)), (vec![4, 3, 2, 1], 4));
}

#[co::coroutine]
fn async_inside() -> impl Coroutine<(), Yield = u8, Return = bool> {
    let future = async { async { 1 }.await + 1 };
    let closure = async |n: u8| std::future::ready(n).await;
    yield_!(1);
    drop(closure(1));
    drop(future);
    true
}

#[test]
fn an_async_block_inside_is_a_value_like_any_other() {
    assert_eq!(to_end(async_inside()), (vec![1], true));
}
