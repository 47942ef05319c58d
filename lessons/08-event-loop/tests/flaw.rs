//! The flaw: one call that blocks stops everybody; and what mends that.

use std::sync::Mutex;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};

use timeline::Story;

#[path = "../examples/blocked.rs"]
#[allow(dead_code, reason = "it has a `main` of its own")]
mod blocked;

use blocked::Work;

/// C20: B's timer is due long before the blocking call returns. It returns when C has been served, if ever: nobody who
/// is on the same thread can be.
#[test]
fn c20_a_call_that_blocks_the_loop_stops_everybody() {
    static CALL: Mutex<Option<Receiver<()>>> = Mutex::new(None);
    let (served, call) = channel();
    *CALL.lock().unwrap() = Some(call);
    let wait = || {
        let call = CALL.lock().unwrap().take().unwrap();
        // Longer than the timer; nothing that anybody does makes it shorter.
        let waited = call.recv_timeout(2 * blocked::TIMER);
        assert_eq!(
            waited,
            Err(RecvTimeoutError::Timeout),
            "somebody was served"
        );
    };
    let story = Story::new().watch(move |event| {
        if event.what == "C ends" || event.what == "B ends" {
            let _ = served.send(());
        }
    });
    let work = Work::Waits(wait);
    let recording = story.run(|| blocked::serve(work, false)).unwrap();
    let expected = [
        "B begins",
        "B suspended",
        "A begins",
        "I/O begins",
        "I/O ends",
        "A ends",
        "C begins",
        "C ends",
        "B resumed by its timer",
        "B ends",
    ];
    assert_eq!(recording.told(), expected);
    assert_eq!(recording.threads, 1);
    assert!(blocked::late(&recording) >= blocked::TIMER);
}

/// C20, mended, B10: the call returns only when B and C are served.
#[test]
fn c20_in_the_pool_it_stops_nobody() {
    static CALL: Mutex<Option<Receiver<()>>> = Mutex::new(None);
    let (served, call) = channel();
    *CALL.lock().unwrap() = Some(call);
    let wait = || {
        let call = CALL.lock().unwrap().take().unwrap();
        call.recv().unwrap();
        call.recv().unwrap();
    };
    let story = Story::new().watch(move |event| {
        if event.what == "C ends" || event.what == "B ends" {
            served.send(()).unwrap();
        }
    });
    let work = Work::Waits(wait);
    let recording = story.run(|| blocked::serve(work, true)).unwrap();
    assert_eq!(recording.told_by("io-1"), ["I/O begins", "I/O ends"]);
    let expected = [
        "B begins",
        "B suspended",
        "A begins",
        "A suspended",
        "C begins",
        "C ends",
        "B resumed by its timer",
        "B ends",
        "A resumed",
        "A ends",
    ];
    assert_eq!(recording.told_by("main"), expected);
}

/// C20: what computes blocks, too.
#[test]
fn c20_computing_is_blocking() {
    let work = Work::Computes(1000);
    let recording = Story::new().run(|| blocked::serve(work, false)).unwrap();
    let expected = [
        "B begins",
        "B suspended",
        "A begins",
        "A computes",
        "A has computed",
        "A ends",
        "C begins",
        "C ends",
        "B resumed by its timer",
        "B ends",
    ];
    assert_eq!(recording.told(), expected);
}
