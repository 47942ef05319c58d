//! The lift: B and C no longer wait for A's I/O.

use lesson_02_callback::serve;
use slow_server::SlowServer;
use timeline::Story;

/// A2: the reply comes only after C has ended. Lesson 1 would wait for it for ever.
#[test]
fn a2_b_and_c_are_served_while_a_real_reply_is_held_back() {
    let (server, gate) = SlowServer::gated().unwrap();
    let address = server.address();
    let story = Story::new().watch(move |event| {
        if event.what == "C ends" {
            gate.open();
        }
    });
    let recording = story.run(|| serve(address)).unwrap();
    assert_eq!(recording.threads, 2);
    assert!(recording.when("C ends") <= recording.when("I/O ends"));
    assert!(recording.when("callback ends").is_some());
}
