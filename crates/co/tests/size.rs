//! What a coroutine weighs, and that it is `Send` where what it holds is (FA06; what must not be is a `compile_fail`
//! example of [`co::FromAsync`]).

use std::rc::Rc;

use co::{Coroutine, FromAsync, Yield, Yielder};

/// The most that a coroutine may weigh beyond what it holds.
const OVERHEAD: usize = 32;

fn holds<const N: usize>() -> FromAsync<(), (), impl Future<Output = u8>> {
    co::from_async(|y: Yielder<(), ()>| async move {
        let held = [1u8; N];
        y.yield_(()).await;
        y.yield_(()).await;
        held[N - 1]
    })
}

#[test]
fn a_coroutine_weighs_at_most_32_bytes_more_than_it_holds() {
    assert!(size_of_val(&holds::<1>()) <= 1 + OVERHEAD);
    assert!(size_of_val(&holds::<64>()) <= 64 + OVERHEAD);
    assert!(size_of_val(&holds::<1024>()) <= 1024 + OVERHEAD);
}

#[test]
fn with_a_word_on_its_way_it_weighs_at_most_32_bytes_more_than_the_word_it_holds() {
    let total = co::from_async(|y: Yielder<u64, u64>| async move {
        let mut total = 0;
        while total < 100 {
            total += y.yield_(total).await;
        }
    });
    assert!(size_of_val(&total) <= size_of::<u64>() + OVERHEAD);
    drop(total);
}

#[test]
fn the_parts_weigh_what_they_should() {
    assert_eq!(size_of::<FromAsync<u64, u64, ()>>(), 8);
    assert_eq!(size_of::<Yielder<u64, u64>>(), 7);
    assert_eq!(size_of::<Yield<(), u64>>(), 8);
    assert_eq!(size_of::<Yield<u64, u64>>(), 16);
}

fn is_send<T: Send>(value: T) -> T {
    value
}

#[test]
fn fa06_a_coroutine_that_holds_what_is_send_is_send() {
    let c = is_send(co::from_async(|y: Yielder<String, u8>| async move {
        let held = String::from("held");
        y.yield_(held.clone()).await;
        held
    }));
    let object: Box<dyn Coroutine<u8, Yield = String, Return = String> + Send> = Box::new(c);
    drop(is_send(object));
}

/// What goes in and what comes out at the end passes through `resume` only: it need not be `Send`.
#[test]
fn fa06_what_is_not_held_over_a_yield_need_not_be_send() {
    drop(is_send(co::from_async(
        |y: Yielder<u8, Rc<u8>>| async move {
            let first = *y.yield_(1).await;
            let sum = first + *y.yield_(2).await;
            Rc::new(sum)
        },
    )));
}
