//! FA08: a coroutine dropped in any state drops exactly what it holds, each value once, the last made first.

use std::cell::RefCell;
use std::pin::{Pin, pin};
use std::rc::Rc;

use co::{Coroutine, FromAsync, Yielder};

type Log = Rc<RefCell<Vec<&'static str>>>;

/// Writes its name down when it is dropped.
struct Local(&'static str, Log);

impl Drop for Local {
    fn drop(&mut self) {
        self.1.borrow_mut().push(self.0);
    }
}

fn story(log: &Log) -> FromAsync<Local, Local, impl Future<Output = Local> + use<>> {
    let make = {
        let log = log.clone();
        move |name| Local(name, log.clone())
    };
    let captured = make("captured");
    co::from_async(|y: Yielder<Local, Local>| async move {
        let _captured = &captured;
        let _first = make("first");
        let _answer = y.yield_(make("yielded")).await;
        {
            let _inner = make("inner");
            drop(y.yield_(make("yielded")).await);
        }
        let _second = make("second");
        y.yield_(make("yielded")).await;
        make("returned")
    })
}

/// Runs the story through `steps` steps, and says what its drop drops then.
fn dropped_after(steps: usize) -> Vec<&'static str> {
    let log = Log::default();
    let mut c: Pin<Box<_>> = Box::pin(story(&log));
    for step in 0..steps {
        drop(match step {
            0 => c.as_mut().start(),
            _ => c.as_mut().resume(Local("answer", log.clone())),
        });
    }
    log.borrow_mut().clear();
    drop(c);
    log.take()
}

#[test]
fn fa08_unstarted_it_drops_what_it_captured() {
    assert_eq!(dropped_after(0), ["captured"]);
}

#[test]
fn fa08_suspended_it_drops_the_locals_that_live_there_the_last_made_first() {
    assert_eq!(dropped_after(1), ["first", "captured"]);
    assert_eq!(dropped_after(2), ["inner", "answer", "first", "captured"]);
    assert_eq!(dropped_after(3), ["second", "answer", "first", "captured"]);
}

#[test]
fn fa08_complete_it_has_nothing_left_to_drop() {
    assert_eq!(dropped_after(4), [""; 0]);
}

#[test]
fn fa08_a_yield_that_was_never_polled_drops_its_value() {
    let log = Log::default();
    let mut c = pin!(co::from_async(|y: Yielder<Local, ()>| {
        let log = log.clone();
        async move {
            drop(y.yield_(Local("unasked", log.clone())));
        }
    }));
    let _ = c.as_mut().start();
    assert_eq!(*log.borrow(), ["unasked"]);
}

#[test]
fn fa08_a_panic_in_a_drop_inside_the_body_poisons_and_drops_the_rest_once() {
    struct Bad;
    impl Drop for Bad {
        fn drop(&mut self) {
            panic!("in a drop");
        }
    }
    let log = Log::default();
    {
        let mut c = Box::pin(co::from_async(|y: Yielder<(), ()>| {
            let held = Local("held", log.clone());
            async move {
                let _held = held;
                let bad = Bad;
                y.yield_(()).await;
                drop(bad);
            }
        }));
        let _ = c.as_mut().start();
        let resume = std::panic::AssertUnwindSafe(|| c.as_mut().resume(()));
        assert!(std::panic::catch_unwind(resume).is_err());
        assert_eq!(*log.borrow(), ["held"]);
    }
    assert_eq!(*log.borrow(), ["held"]);
}
