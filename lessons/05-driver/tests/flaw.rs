//! The flaw: the driver serves one yield, and has nobody to give a result to.

use lesson_05_driver::{drive, long_io, serve};
use slow_server::{Address, SlowServer};
use timeline::{Story, tell};

#[co::coroutine(start = drive)]
fn asks_twice(server: Address) {
    tell("A begins");
    let reply = yield_!(long_io(server.clone()));
    tell(format!("A resumed with {reply:?}"));
    let reply = yield_!(long_io(server));
    tell(format!("A resumed with {reply:?}"));
    tell("A ends");
}

/// A8 c: the driver drives only the first yield.
#[test]
fn a8_c_a_second_yield_is_lost() {
    let server = SlowServer::after(std::time::Duration::ZERO).unwrap();
    let address = server.address();
    let recording = Story::new().run(|| asks_twice(address)).unwrap();
    let told = recording.told();
    let expected = [
        "A begins",
        "A suspended",
        "I/O begins",
        "I/O ends",
        "A resumed with \"io result\"", // the first reply
        "A yields again and is lost",   // its second I/O never begins
    ];
    assert_eq!(told, expected);
}

/// A8 d: an error of the I/O never reaches A: it is dropped where it waits.
#[test]
fn a8_d_an_error_of_the_io_reaches_nobody() {
    let server = SlowServer::hanging_up().unwrap();
    let address = server.address();
    let recording = Story::new().run(|| serve(address)).unwrap();
    let io = recording.told_by("io-1");
    assert_eq!(io.len(), 2, "{io:?}");
    assert!(io[1].starts_with("I/O fails: "), "{}", io[1]);
    assert_eq!(recording.when("A ends"), None);
}

#[co::coroutine(start = drive)]
fn never_yields(server: Address) {
    tell("A begins");
    if false {
        let _reply = yield_!(long_io(server));
    }
    tell("A ends");
}

/// A8 e: a function that never yields breaks the decorator.
#[test]
fn a8_e_a_function_that_never_yields_is_a_panic_by_name() {
    let server = SlowServer::hanging_up().unwrap();
    let address = server.address();
    let panicked = Story::new().run(|| never_yields(address)).unwrap_err();
    let by_name = "main: the coroutine ended without a yield, and its driver has no I/O to run";
    assert_eq!(panicked.panics, [by_name]);
    assert_eq!(panicked.recording.told_by("main"), ["A begins", "A ends"]);
}
