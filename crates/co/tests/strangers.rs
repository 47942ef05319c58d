//! A `yield_` polled where it does not belong is refused before anything is touched: FB09 (another thread) and FB10
//! (another coroutine). Miri looks for the races and the confusion that a missing check would let through.

mod probe;

use std::cell::Cell;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Barrier;
use std::task::{Context, Poll};
use std::thread;

use co::CoroutineState::{Complete, Yielded};
use co::{Coroutine, FromAsync, Yield, Yielder};
use probe::{Counter, Token, panic_of, refused};

/// Polls `stop` on a thread of its own, with the waker that this thread was polled with.
fn poll_elsewhere(stop: &mut Yield<u32, u32>, cx: &Context<'_>) -> String {
    let waker = cx.waker();
    thread::scope(|scope| {
        scope
            .spawn(|| panic_of(|| Pin::new(stop).poll(&mut Context::from_waker(waker))))
            .join()
            .unwrap()
    })
}

#[test]
fn fb09_a_yield_polled_on_another_thread_is_refused_and_goes_on_here_untouched() {
    let mut c = pin!(co::from_async(|y| async move {
        let mut stop = y.yield_(1);
        poll_fn(|cx| {
            let message = poll_elsewhere(&mut stop, cx);
            assert!(message.contains("another thread"), "{message}");
            // Unasked as it was, it asks now, and asking it is refused over there again; in the next step, refused
            // there a third time, it takes its answer.
            let here = Pin::new(&mut stop).poll(cx);
            if here.is_pending() {
                assert!(poll_elsewhere(&mut stop, cx).contains("another thread"));
            }
            here
        })
        .await
    }));
    assert_eq!(c.as_mut().start(), Yielded(1));
    assert_eq!(c.as_mut().resume(7), Complete(7));
}

/// Without the check of the thread both would write one cell at once.
#[test]
fn fb09_two_threads_poll_two_yields_at_once() {
    let mut c = pin!(co::from_async(|y| async move {
        let (mut here, mut there) = (y.yield_(1), y.yield_(2));
        let mut first = true;
        poll_fn(|cx| {
            if !std::mem::take(&mut first) {
                return Pin::new(&mut here).poll(cx);
            }
            let waker = cx.waker();
            let both = Barrier::new(2);
            thread::scope(|scope| {
                let message = scope.spawn(|| {
                    both.wait();
                    panic_of(|| Pin::new(&mut there).poll(&mut Context::from_waker(waker)))
                });
                both.wait();
                let polled = Pin::new(&mut here).poll(&mut Context::from_waker(waker));
                let message = message.join().unwrap();
                assert!(message.contains("another thread"), "{message}");
                polled
            })
        })
        .await
    }));
    assert_eq!(c.as_mut().start(), Yielded(1));
    assert_eq!(c.as_mut().resume(7), Complete(7));
}

#[test]
fn fb09_a_clone_of_the_waker_leads_nowhere_even_after_the_step() {
    let mut kept = None;
    {
        let mut c = pin!(co::from_async(|y: Yielder<u32, u32>| {
            let kept = &mut kept;
            async move {
                let mut stop = y.yield_(1);
                poll_fn(|cx| {
                    let clone = cx.waker().clone();
                    assert!(!clone.will_wake(cx.waker()));
                    refused("outside a coroutine", || {
                        Pin::new(&mut stop).poll(&mut Context::from_waker(&clone))
                    });
                    *kept = Some((clone, stop_of_the_same(y)));
                    Pin::new(&mut stop).poll(cx)
                })
                .await
            }
        }));
        assert_eq!(c.as_mut().start(), Yielded(1));
        assert_eq!(c.as_mut().resume(2), Complete(2));
    }
    let (clone, mut stop) = kept.unwrap();
    refused("outside a coroutine", || {
        Pin::new(&mut stop).poll(&mut Context::from_waker(&clone))
    });
    thread::spawn(move || {
        clone.wake_by_ref();
        clone.wake();
    })
    .join()
    .unwrap();
}

fn stop_of_the_same(y: Yielder<u32, u32>) -> Yield<u32, u32> {
    y.yield_(3)
}

#[test]
fn a_suspended_coroutine_may_move_to_another_thread_and_go_on_there() {
    let mut c = Box::pin(co::from_async(|y: Yielder<u32, u32>| async move {
        let first = y.yield_(1).await;
        first + y.yield_(2).await
    }));
    assert_eq!(c.as_mut().start(), Yielded(1));
    let mut c = thread::spawn(move || {
        assert_eq!(c.as_mut().resume(10), Yielded(2));
        c
    })
    .join()
    .unwrap();
    assert_eq!(c.as_mut().resume(20), Complete(30));
}

#[test]
fn fb10_the_outer_yield_inside_an_inner_coroutine_of_the_same_types_is_refused() {
    let counter = Counter::default();
    let mut outer = pin!(co::from_async(|y: Yielder<Token, Token>| {
        let counter = &counter;
        async move {
            let mut inner = pin!(co::from_async(|own: Yielder<Token, Token>| async move {
                drop(own.yield_(counter.token()).await);
                y.yield_(counter.token()).await
            }));
            assert!(matches!(inner.as_mut().start(), Yielded(_)));
            refused("another coroutine", || {
                inner.as_mut().resume(counter.token())
            });
            refused("poisoned", || inner.as_mut().resume(counter.token()));
            assert_eq!(counter.live(), 0);
            y.yield_(counter.token()).await
        }
    }));
    assert!(matches!(outer.as_mut().start(), Yielded(_)));
    assert!(matches!(
        outer.as_mut().resume(counter.token()),
        Complete(_)
    ));
    assert_eq!(counter.live(), 0);
}

/// Without the check of the instance a `String` would be written where a `u8` is read.
#[test]
fn fb10_the_outer_yield_inside_an_inner_coroutine_of_other_types_is_refused() {
    let mut outer = pin!(co::from_async(|y: Yielder<String, String>| async move {
        let mut inner = pin!(co::from_async(|own: Yielder<u8, u8>| async move {
            own.yield_(1).await;
            y.yield_("too long for a byte".to_owned()).await
        }));
        assert_eq!(inner.as_mut().start(), Yielded(1));
        refused("another coroutine", || inner.as_mut().resume(2));
        y.yield_("here".to_owned()).await
    }));
    assert_eq!(outer.as_mut().start(), Yielded("here".to_owned()));
    assert_eq!(
        outer.as_mut().resume("there".to_owned()),
        Complete("there".to_owned())
    );
}

#[test]
fn fb10_the_inner_yield_inside_the_outer_coroutine_is_refused() {
    let mut outer = pin!(co::from_async(|y: Yielder<u8, u8>| async move {
        let mut leaked = None;
        let mut inner = pin!(co::from_async(|own: Yielder<u8, u8>| {
            leaked = Some(own);
            async move { own.yield_(1).await }
        }));
        assert_eq!(inner.as_mut().start(), Yielded(1));
        let mut stop = leaked.unwrap().yield_(2);
        poll_fn(|cx| {
            refused("another coroutine", || Pin::new(&mut stop).poll(cx));
            Poll::Ready(())
        })
        .await;
        assert_eq!(inner.as_mut().resume(3), Complete(3));
        y.yield_(4).await
    }));
    assert_eq!(outer.as_mut().start(), Yielded(4));
    assert_eq!(outer.as_mut().resume(5), Complete(5));
}

/// Yields with the `Yielder` found in `with`, and leaves its own there.
fn with_anothers(
    with: &Cell<Option<Yielder<u8, u8>>>,
) -> FromAsync<u8, u8, impl Future<Output = u8>> {
    co::from_async(|own: Yielder<u8, u8>| async move {
        let y = with.replace(Some(own)).unwrap_or(own);
        y.yield_(1).await
    })
}

#[test]
fn fb10_a_yielder_that_outlived_its_coroutine_is_refused_by_the_next_one_at_its_address() {
    let leaked = Cell::new(None);
    let mut place = pin!(None);
    place.set(Some(with_anothers(&leaked)));
    let mut c = place.as_mut().as_pin_mut().unwrap();
    let address = std::ptr::from_ref(&*c).addr();
    assert_eq!(c.as_mut().start(), Yielded(1));

    place.set(Some(with_anothers(&leaked)));
    let mut c = place.as_mut().as_pin_mut().unwrap();
    assert_eq!(std::ptr::from_ref(&*c).addr(), address);
    refused("another coroutine", || c.as_mut().start());
}
