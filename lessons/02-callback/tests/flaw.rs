//! The flaw: A is torn in two, and the second half belongs to nobody.

use lesson_02_callback::serve;
use slow_server::SlowServer;
use timeline::Story;

/// A2: the second half runs on the I/O's thread.
#[test]
fn a2_the_callback_runs_on_the_threads_of_the_io() {
    let server = SlowServer::after(std::time::Duration::ZERO).unwrap();
    let address = server.address();
    let recording = Story::new().run(|| serve(address)).unwrap();
    let second_half = [
        "I/O begins",
        "I/O ends",
        "callback begins", // not on main
        "\"io result\"",
        "callback ends",
    ];
    assert_eq!(recording.told_by("io-1"), second_half);
}

/// A8 d: an error of the I/O never reaches A: A has left, and its second half is not called.
#[test]
fn a8_d_an_error_of_the_io_reaches_nobody() {
    let server = SlowServer::hanging_up().unwrap();
    let address = server.address();
    let recording = Story::new().run(|| serve(address)).unwrap();
    let main = [
        "A begins", "A leaves", // as if all were well
        "B begins", "B ends", "C begins", "C ends",
    ];
    assert_eq!(recording.told_by("main"), main);
    let io = recording.told_by("io-1");
    assert_eq!(io.len(), 2, "no callback: {io:?}");
    assert_eq!(io[0], "I/O begins");
    assert!(io[1].starts_with("I/O fails: "), "{}", io[1]);
}
