//! The bridge from a function that takes a callback. Row C15.

mod told;

use std::sync::{Mutex, mpsc};

use promise::{Future, run, task, wait};
use timeline::{tell, thread};
use told::told;

type Callback<T> = Box<dyn FnOnce(T) + Send>;

/// A loop's queue of callbacks, to be called later.
static LATER: Mutex<Vec<Box<dyn FnOnce() + Send>>> = Mutex::new(Vec::new());

fn add(a: u32, b: u32, callback: Callback<u32>) {
    LATER
        .lock()
        .unwrap()
        .push(Box::new(move || callback(a + b)));
}

#[test]
fn c15_the_yield_gives_the_callbacks_argument() {
    #[co::coroutine(start = run, wait = wait)]
    fn sum() -> Future<u32> {
        let three = yield_!(task(|callback| add(1, 2, callback)))?;
        tell(format!("A resumed with {three}"));
        let seven = yield_!(task(|callback| add(three, 4, callback)))?;
        tell(format!("A resumed with {seven}"));
        Ok(seven)
    }
    let events = told(|| {
        let sum = sum();
        tell("call returns");
        for _ in 0..2 {
            let callback = LATER.lock().unwrap().pop().unwrap();
            callback();
        }
        assert_eq!(sum.try_take().unwrap().unwrap(), 7);
    });
    let expected = [
        "main: call returns",
        "main: A resumed with 3",
        "main: A resumed with 7",
    ];
    assert_eq!(events, expected);
}

#[test]
fn c15_several_arguments_come_as_a_tuple() {
    fn divide(a: u32, b: u32, callback: impl FnOnce(u32, u32) + Send + 'static) {
        thread::spawn("divider", move || callback(a / b, a % b));
    }
    let (sender, receiver) = mpsc::channel();
    let both = task(|callback| divide(17, 5, move |a, b| callback((a, b))));
    both.add_done_callback(move |both| sender.send(*both.as_ref().unwrap()).unwrap());
    assert_eq!(receiver.recv(), Ok((3, 2)));
}

#[test]
fn c15_called_inside_the_function_it_is_done_at_once() {
    let future = task(|callback| callback("now"));
    assert_eq!(future.try_take().unwrap().unwrap(), "now");
}

#[test]
fn c15_a_callback_that_is_dropped_uncalled_is_an_error_and_not_a_hang() {
    let future = task(|callback: Callback<u8>| drop(callback));
    assert!(future.try_take().unwrap().unwrap_err().is_broken());
}

#[test]
fn c15_a_function_that_panics_before_it_calls_back_panics_in_the_body() {
    #[co::coroutine(start = run, wait = wait)]
    fn calls() -> Future<u8> {
        let n = yield_!(task(|_: Callback<u8>| panic!("no such server")))?;
        Ok(n)
    }
    let error = calls().try_take().unwrap().unwrap_err();
    assert_eq!(error.panic_message(), Some("no such server"));
}
