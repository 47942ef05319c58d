//! What goes in comes out: the plain behaviour, and the ways to hold a coroutine.

use std::cell::RefCell;
use std::future::ready;
use std::pin::{Pin, pin};
use std::rc::Rc;

use co::CoroutineState::{Complete, Yielded};
use co::{Coroutine, Yielder};

fn echo() -> impl Coroutine<u32, Yield = u32, Return = &'static str> {
    co::from_async(|y: Yielder<u32, u32>| async move {
        let mut value = 0;
        while value < 100 {
            value = y.yield_(value + 1).await;
        }
        "done"
    })
}

#[test]
fn each_value_sent_is_the_value_of_the_yield_it_answers() {
    let mut c = pin!(echo());
    assert_eq!(c.as_mut().start(), Yielded(1));
    assert_eq!(c.as_mut().resume(10), Yielded(11));
    assert_eq!(c.as_mut().resume(20), Yielded(21));
    assert_eq!(c.as_mut().resume(100), Complete("done"));
}

#[test]
fn nothing_of_the_body_runs_before_start() {
    let told = RefCell::new(Vec::new());
    let mut c = pin!(co::from_async(|y: Yielder<(), ()>| {
        told.borrow_mut().push("closure");
        let told = &told;
        async move {
            told.borrow_mut().push("body");
            y.yield_(()).await;
        }
    }));
    assert_eq!(*told.borrow(), ["closure"]);
    let _ = c.as_mut().start();
    assert_eq!(*told.borrow(), ["closure", "body"]);
}

#[test]
fn a_body_without_a_yield_completes_at_start() {
    let mut c = pin!(co::from_async(|_: Yielder<(), ()>| async { 7 }));
    assert_eq!(c.as_mut().start(), Complete(7));
}

#[test]
fn a_future_that_is_ready_may_be_awaited() {
    let mut c = pin!(co::from_async(|y| async move {
        let sent: u8 = y.yield_(ready(1).await).await;
        sent + ready(1).await
    }));
    assert_eq!(c.as_mut().start(), Yielded(1));
    assert_eq!(c.as_mut().resume(2), Complete(3));
}

#[test]
fn async_functions_called_by_the_body_yield_through_it() {
    async fn twice(y: Yielder<u8, u8>, value: u8) -> u8 {
        let value = y.yield_(value).await;
        y.yield_(value).await
    }
    let mut c = pin!(co::from_async(|y| async move {
        let value = twice(y, 1).await;
        Box::pin(twice(y, value)).await
    }));
    assert_eq!(c.as_mut().start(), Yielded(1));
    assert_eq!(c.as_mut().resume(2), Yielded(2));
    assert_eq!(c.as_mut().resume(3), Yielded(3));
    assert_eq!(c.as_mut().resume(4), Yielded(4));
    assert_eq!(c.as_mut().resume(5), Complete(5));
}

#[test]
fn a_coroutine_resumed_inside_another_yields_to_that_one() {
    let mut outer = pin!(co::from_async(|y| async move {
        let mut inner = pin!(echo());
        let mut sum = 0;
        let mut state = inner.as_mut().start();
        while let Yielded(value) = state {
            sum += value;
            let sent = y.yield_(sum).await;
            state = inner.as_mut().resume(sent);
        }
        sum
    }));
    assert_eq!(outer.as_mut().start(), Yielded(1));
    assert_eq!(outer.as_mut().resume(10), Yielded(12));
    assert_eq!(outer.as_mut().resume(100), Complete(12));
}

/// Drives `coroutine` as generic code would.
fn drive(mut coroutine: impl Coroutine<u32, Yield = u32, Return = &'static str> + Unpin) {
    assert_eq!(Pin::new(&mut coroutine).start(), Yielded(1));
    assert_eq!(Pin::new(&mut coroutine).resume(5), Yielded(6));
    assert_eq!(Pin::new(&mut coroutine).resume(100), Complete("done"));
}

#[test]
fn pins_references_boxes_and_objects_are_coroutines() {
    type Object = dyn Coroutine<u32, Yield = u32, Return = &'static str>;

    drive(pin!(echo()));
    drive(Box::pin(echo()));
    drive(Box::pin(echo()) as Pin<Box<Object>>);
    let mut boxed = Box::pin(echo());
    drive(&mut boxed);
    drive(Box::new(Box::pin(echo())));
    let unpin: Box<dyn Coroutine<u32, Yield = u32, Return = &'static str> + Unpin> =
        Box::new(Box::pin(echo()));
    drive(unpin);
}

#[test]
fn iter_gives_what_is_yielded_and_then_nothing_for_ever() {
    let mut values = co::iter(Box::pin(co::from_async(|y| async move {
        y.yield_("a").await;
        y.yield_("b").await;
    })));
    assert_eq!(values.next(), Some("a"));
    assert_eq!(values.next(), Some("b"));
    assert_eq!(values.next(), None);
    assert_eq!(values.next(), None);
}

/// FB07: the body refers to its own locals across stops; its box may move, the body does not.
#[test]
fn fb07_a_body_that_refers_to_itself_stays_where_it_was_pinned() {
    let mut c = Box::pin(co::from_async(|y| async move {
        let mut words = [String::from("one"), String::from("two")];
        let first = &mut words[0];
        first.push_str(y.yield_(first.len()).await);
        let both = &words;
        let more: &str = y.yield_(both[0].len()).await;
        format!("{}{}{more}", both[0], both[1])
    }));
    assert_eq!(c.as_mut().start(), Yielded(3));
    let moved = Rc::new(RefCell::new(vec![c]));
    assert_eq!(moved.borrow_mut()[0].as_mut().resume("!"), Yielded(4));
    let mut c = moved.borrow_mut().remove(0);
    assert_eq!(c.as_mut().resume("?"), Complete("one!two?".to_owned()));
}
