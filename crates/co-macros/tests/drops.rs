//! FA08: what a coroutine holds is dropped once, in a function's order, in whatever state it is.

use co::Coroutine;
use std::cell::RefCell;
use std::pin::pin;

type Log = RefCell<Vec<&'static str>>;

/// Says its name when it is dropped.
struct Loud<'l>(&'static str, &'l Log);

impl Drop for Loud<'_> {
    fn drop(&mut self) {
        self.1.borrow_mut().push(self.0);
    }
}

fn function<'l>(
    first: Loud<'l>,
    _: Loud<'l>,
    (third, fourth): (Loud<'l>, Loud<'l>),
    _fifth: Loud<'l>,
    log: &'l Log,
) {
    let _outer = Loud("outer", log);
    {
        let _inner = Loud("inner", log);
    }
    drop(third);
    let _ = (&first, &fourth);
}

#[co::coroutine]
fn coroutine<'l>(
    first: Loud<'l>,
    _: Loud<'l>,
    (third, fourth): (Loud<'l>, Loud<'l>),
    _fifth: Loud<'l>,
    log: &'l Log,
) -> impl Coroutine<(), Yield = (), Return = ()> {
    let _outer = Loud("outer", log);
    {
        let _inner = Loud("inner", log);
        yield_!();
    }
    yield_!();
    drop(third);
    yield_!();
    let _ = (&first, &fourth);
}

fn arguments(log: &Log) -> (Loud<'_>, Loud<'_>, (Loud<'_>, Loud<'_>), Loud<'_>, &Log) {
    let loud = |name| Loud(name, log);
    (loud("1"), loud("2"), (loud("3"), loud("4")), loud("5"), log)
}

/// What is dropped when the coroutine is dropped after `steps` steps, and all that was dropped.
fn dropped_after(steps: usize) -> (Vec<&'static str>, Vec<&'static str>) {
    let log = Log::default();
    let before;
    {
        let (a, b, c, d, log) = arguments(&log);
        let mut running = pin!(coroutine(a, b, c, d, log));
        for step in 0..steps {
            let _ = match step {
                0 => running.as_mut().start(),
                _ => running.as_mut().resume(()),
            };
        }
        before = log.borrow().len();
    }
    let all = log.into_inner();
    (all[before..].to_vec(), all)
}

#[test]
fn unstarted_the_arguments_go_in_a_functions_order() {
    assert_eq!(dropped_after(0).0, ["5", "4", "3", "2", "1"]);
}

#[test]
fn suspended_the_live_locals_go_first_and_each_once() {
    assert_eq!(
        dropped_after(1).0,
        ["inner", "outer", "5", "4", "3", "2", "1"]
    );
    assert_eq!(dropped_after(2).0, ["outer", "5", "4", "3", "2", "1"]);
    assert_eq!(dropped_after(3).0, ["outer", "5", "4", "2", "1"]);
}

#[test]
fn run_to_the_end_the_order_is_that_of_the_same_function() {
    let log = Log::default();
    let (a, b, c, d, e) = arguments(&log);
    function(a, b, c, d, e);
    let (last, all) = dropped_after(4);
    assert_eq!(all, log.into_inner());
    assert_eq!(
        last, [""; 0],
        "the end of the body drops everything, not the drop of the coroutine"
    );
}

#[co::coroutine]
fn temporary<'l>(log: &'l Log) -> impl Coroutine<(), Yield = &'static str, Return = ()> {
    yield_!(Loud("guard", log).0);
}

#[test]
fn a_temporary_of_the_yielded_expression_ends_before_the_coroutine_is_suspended() {
    let log = Log::default();
    let mut running = pin!(temporary(&log));
    let _ = running.as_mut().start();
    assert_eq!(*log.borrow(), ["guard"]);
}

#[test]
fn a_panic_in_the_body_drops_each_value_once() {
    #[co::coroutine]
    fn panics<'l>(
        _argument: Loud<'l>,
        log: &'l Log,
    ) -> impl Coroutine<(), Yield = (), Return = ()> {
        let _local = Loud("local", log);
        yield_!();
        panic!("on purpose");
    }

    let log = Log::default();
    {
        let mut running = pin!(panics(Loud("argument", &log), &log));
        let _ = running.as_mut().start();
        let resumed = std::panic::AssertUnwindSafe(|| running.as_mut().resume(()));
        assert!(std::panic::catch_unwind(resumed).is_err());
    }
    assert_eq!(log.into_inner(), ["local", "argument"]);
}
