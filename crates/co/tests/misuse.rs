//! Each misuse is a panic that says what to do, and drops each value once: FB01 to FB03, FB05, FB11.
//!
//! Rows that the types make impossible are doctests of `FromAsync` that must not compile: FB04 (dropped while it
//! runs), FB07 (moved once it is pinned), FA06 (sent with what must stay). FB06 is about coroutines that are threads
//! underneath; there is none here.

mod probe;

use std::cell::RefCell;
use std::future::{pending, poll_fn};
use std::pin::{Pin, pin};
use std::rc::{Rc, Weak};
use std::task::{Context, Poll, Waker};

use co::CoroutineState::{self, Complete, Yielded};
use co::{Coroutine, FromAsync, Yielder};
use probe::{Counter, Token, panic_of, refused};

/// Yields one token, gets one, returns one.
fn exchange(counter: &Counter) -> FromAsync<Token, Token, impl Future<Output = Token>> {
    co::from_async(|y: Yielder<Token, Token>| async move {
        drop(y.yield_(counter.token()).await);
        counter.token()
    })
}

#[test]
fn fb01_resuming_after_the_end_panics_each_time_and_drops_the_value_once() {
    let counter = Counter::default();
    let mut c = pin!(exchange(&counter));
    let _ = c.as_mut().start();
    assert!(matches!(c.as_mut().resume(counter.token()), Complete(_)));
    assert_eq!(counter.live(), 0);
    for _ in 0..3 {
        refused("after it was complete", || {
            c.as_mut().resume(counter.token())
        });
        refused("after it was complete", || c.as_mut().start());
        assert_eq!(counter.live(), 0);
    }
}

#[test]
fn fb02_a_panic_in_the_body_poisons_for_ever_and_drops_the_locals_once() {
    let counter = Counter::default();
    let mut c = pin!(co::from_async(|y: Yielder<u8, Token>| {
        let counter = &counter;
        async move {
            let _held = counter.token();
            let _sent = y.yield_(1).await;
            panic!("the body's own panic");
        }
    }));
    let _: CoroutineState<u8, ()> = c.as_mut().start();
    refused("the body's own panic", || {
        c.as_mut().resume(counter.token())
    });
    assert_eq!(counter.live(), 0);
    for _ in 0..3 {
        refused("poisoned", || c.as_mut().resume(counter.token()));
        refused("poisoned", || c.as_mut().start());
        assert_eq!(counter.live(), 0);
    }
}

#[test]
fn fb02_a_panic_before_the_first_yield_poisons_too() {
    let mut c = pin!(co::from_async(|y: Yielder<u8, u8>| async move {
        let stop = y.yield_(panic_of_its_own()).await;
        y.yield_(stop).await;
    }));
    refused("at once", || c.as_mut().start());
    refused("poisoned", || c.as_mut().start());
    refused("poisoned", || c.as_mut().resume(1));
}

fn panic_of_its_own() -> u8 {
    panic!("at once")
}

type Shared = RefCell<Option<Pin<Box<dyn Coroutine<u8, Yield = u8, Return = u8>>>>>;

#[test]
fn fb03_resuming_itself_is_a_borrow_error_before_any_state_is_touched() {
    let shared = Rc::new(Shared::new(None));
    let itself: Weak<Shared> = Rc::downgrade(&shared);
    *shared.borrow_mut() = Some(Box::pin(co::from_async(|y| async move {
        let itself = itself.upgrade().unwrap();
        refused("already", || {
            itself.borrow_mut().as_mut().unwrap().as_mut().resume(1)
        });
        let sent = y.yield_(1).await;
        assert!(itself.try_borrow_mut().is_err());
        drop(itself);
        sent
    })));
    let resume = |value: Option<u8>| {
        let mut shared = shared.borrow_mut();
        let coroutine = shared.as_mut().unwrap().as_mut();
        match value {
            None => coroutine.start(),
            Some(value) => coroutine.resume(value),
        }
    };
    assert_eq!(resume(None), Yielded(1));
    assert_eq!(resume(Some(9)), Complete(9));
}

#[test]
fn fb05_a_value_sent_before_the_start_is_refused_dropped_once_and_harms_nothing() {
    let counter = Counter::default();
    let mut c = pin!(exchange(&counter));
    refused("call `start` first", || c.as_mut().resume(counter.token()));
    assert_eq!(counter.live(), 0);
    assert!(matches!(c.as_mut().start(), Yielded(_)));
    assert!(matches!(c.as_mut().resume(counter.token()), Complete(_)));
    assert_eq!(counter.live(), 0);
}

#[test]
fn starting_twice_is_refused_and_harms_nothing() {
    let counter = Counter::default();
    let mut c = pin!(exchange(&counter));
    let _ = c.as_mut().start();
    refused("call `resume`", || c.as_mut().start());
    assert!(matches!(c.as_mut().resume(counter.token()), Complete(_)));
}

#[test]
fn fb11_a_foreign_future_that_is_pending_is_a_panic_that_names_the_mistake() {
    let counter = Counter::default();
    {
        let mut c = pin!(co::from_async(|y: Yielder<u8, u8>| {
            let counter = &counter;
            async move {
                let _held = counter.token();
                y.yield_(1).await;
                pending::<()>().await;
            }
        }));
        let _ = c.as_mut().start();
        refused("not its `yield_`", || c.as_mut().resume(2));
        refused("poisoned", || c.as_mut().resume(3));
        assert_eq!(counter.live(), 1, "the body still stands where it stopped");
    }
    assert_eq!(counter.live(), 0);
}

#[test]
fn fb11_a_foreign_future_that_keeps_the_waker_gets_one_that_does_nothing() {
    let mut kept = None;
    {
        let mut c = pin!(co::from_async(|_: Yielder<u8, u8>| poll_fn(|cx| {
            cx.waker().wake_by_ref();
            kept = Some(cx.waker().clone());
            Poll::<()>::Pending
        })));
        refused("not its `yield_`", || c.as_mut().start());
    }
    let kept = kept.unwrap();
    kept.wake_by_ref();
    std::thread::spawn(move || kept.wake()).join().unwrap();
}

#[test]
fn two_yields_in_one_step_are_refused_and_both_values_dropped_once() {
    let counter = Counter::default();
    {
        let mut c = pin!(co::from_async(|y: Yielder<Token, ()>| {
            let (first, second) = (y.yield_(counter.token()), y.yield_(counter.token()));
            async move {
                let (mut first, mut second) = (pin!(first), pin!(second));
                poll_fn(|cx| {
                    assert!(first.as_mut().poll(cx).is_pending());
                    second.as_mut().poll(cx)
                })
                .await;
            }
        }));
        refused("two `yield_`s", || c.as_mut().start());
        assert_eq!(counter.live(), 0);
        refused("poisoned", || c.as_mut().resume(()));
    }
    assert_eq!(counter.live(), 0);
}

#[test]
fn both_of_two_yields_are_unharmed_when_the_body_survives_the_panic() {
    let mut c = pin!(co::from_async(|y: Yielder<u8, u8>| async move {
        let (mut first, mut second) = (y.yield_(1), y.yield_(2));
        poll_fn(|cx| {
            assert!(Pin::new(&mut first).poll(cx).is_pending());
            refused("two `yield_`s", || Pin::new(&mut second).poll(cx));
            refused("two `yield_`s", || Pin::new(&mut second).poll(cx));
            Poll::Ready(())
        })
        .await;
        (first.await, second.await)
    }));
    assert_eq!(c.as_mut().start(), Yielded(1));
    assert_eq!(c.as_mut().resume(5), Yielded(2));
    assert_eq!(c.as_mut().resume(6), Complete((5, 6)));
}

#[test]
fn polling_a_yield_again_in_the_same_step_changes_nothing() {
    let mut c = pin!(co::from_async(|y: Yielder<u8, u8>| async move {
        let mut stop = y.yield_(1);
        poll_fn(|cx| {
            let polled = Pin::new(&mut stop).poll(cx);
            if polled.is_pending() {
                assert!(Pin::new(&mut stop).poll(cx).is_pending());
            }
            polled
        })
        .await
    }));
    assert_eq!(c.as_mut().start(), Yielded(1));
    assert_eq!(c.as_mut().resume(5), Complete(5));
}

#[test]
fn polling_a_yield_after_its_answer_is_refused() {
    let mut c = pin!(co::from_async(|y: Yielder<u8, u8>| async move {
        let mut stop = y.yield_(1);
        let answer = (&mut stop).await;
        (&mut stop).await;
        answer
    }));
    let _ = c.as_mut().start();
    refused("after it was answered", || c.as_mut().resume(5));
}

#[test]
fn ending_with_a_yield_pending_is_refused_and_its_value_dropped_once() {
    let counter = Counter::default();
    let mut c = pin!(co::from_async(|y: Yielder<Token, ()>| {
        let counter = &counter;
        async move {
            let mut stop = y.yield_(counter.token());
            poll_fn(|cx| Poll::Ready(Pin::new(&mut stop).poll(cx).is_pending())).await
        }
    }));
    refused("with a `yield_` pending", || c.as_mut().start());
    assert_eq!(counter.live(), 0);
    refused("poisoned", || c.as_mut().resume(()));
}

/// A `yield_` that is polled in the first step, and then put away for `then`.
fn yield_dropped<'a, T, F: Future<Output = T> + 'a>(
    counter: &'a Counter,
    then: impl FnOnce(Yielder<u8, Token>) -> F + 'a,
) -> FromAsync<u8, Token, impl Future<Output = T>> {
    co::from_async(|y: Yielder<u8, Token>| async move {
        let _held = counter.token();
        let mut stop = Some(y.yield_(1));
        poll_fn(|cx| match &mut stop {
            Some(first) => {
                assert!(Pin::new(first).poll(cx).is_pending());
                stop = None;
                Poll::Pending
            }
            None => Poll::Ready(()),
        })
        .await;
        then(y).await
    })
}

#[test]
fn dropping_a_yield_that_is_being_answered_is_refused_and_the_answer_dropped_once() {
    let counter = Counter::default();
    let mut ends = pin!(yield_dropped(&counter, |_| async {}));
    assert_eq!(ends.as_mut().start(), Yielded(1));
    refused("would be lost", || ends.as_mut().resume(counter.token()));
    assert_eq!(counter.live(), 0);

    let mut yields = pin!(yield_dropped(&counter, |y| async move {
        y.yield_(2).await;
    }));
    assert_eq!(yields.as_mut().start(), Yielded(1));
    refused("would be lost", || yields.as_mut().resume(counter.token()));
    assert_eq!(counter.live(), 0);
    refused("poisoned", || yields.as_mut().resume(counter.token()));
}

#[test]
fn a_yield_polled_with_no_coroutine_around_it_is_refused() {
    let mut leaked = None;
    let mut c = pin!(co::from_async(|y: Yielder<u8, u8>| {
        leaked = Some(y);
        async move { y.yield_(1).await }
    }));
    let mut stop = leaked.unwrap().yield_(2);
    let mut cx = Context::from_waker(Waker::noop());
    refused("outside a coroutine", || Pin::new(&mut stop).poll(&mut cx));
    assert_eq!(c.as_mut().start(), Yielded(1));
    refused("outside a coroutine", || Pin::new(&mut stop).poll(&mut cx));
    assert_eq!(c.as_mut().resume(3), Complete(3));
}

#[test]
fn a_yield_polled_in_the_closure_before_there_is_a_body_is_refused() {
    let message = panic_of(|| {
        co::from_async(|y: Yielder<u8, u8>| {
            let _ = pin!(y.yield_(1)).poll(&mut Context::from_waker(Waker::noop()));
            async {}
        })
    });
    assert!(message.contains("outside a coroutine"));
}

#[test]
fn a_panic_inside_iter_ends_it() {
    let mut values = co::iter(Box::pin(co::from_async(|y: Yielder<u8, ()>| async move {
        y.yield_(1).await;
        panic!("in the middle");
    })));
    assert_eq!(values.next(), Some(1));
    refused("in the middle", || values.next());
    assert_eq!(values.next(), None);
}

#[test]
fn a_refusal_points_at_the_line_that_resumes() {
    use std::panic;
    use std::sync::Mutex;

    static FILE: Mutex<String> = Mutex::new(String::new());
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        let location = info.location().unwrap();
        if info
            .payload_as_str()
            .is_some_and(|text| text.contains("started twice"))
        {
            *FILE.lock().unwrap() = format!("{}:{}", location.file(), location.line());
        }
        before(info);
    }));
    let mut c = pin!(co::from_async(|y: Yielder<u8, u8>| async move {
        y.yield_(1).await
    }));
    let _ = c.as_mut().start();
    refused("started twice", || c.as_mut().start());
    let line = line!() - 1;
    assert_eq!(*FILE.lock().unwrap(), format!("{}:{line}", file!()));
}
