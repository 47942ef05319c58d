//! What a story records, and when it ends.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use timeline::{Story, VirtualClock, tell, thread};

#[test]
fn an_event_belongs_to_the_request_it_names_or_the_last_one_named() {
    let recording = Story::new().run(|| {
        tell("the server starts"); // nobody's
        tell("A begins");
        tell("I/O begins"); // A's: "I/O" is no request
        tell("B2 begins");
        tell("\"io result\"");
    });
    let requests: Vec<_> = recording.unwrap().events;
    let requests: Vec<&str> = requests.iter().map(|e| &*e.request).collect();
    assert_eq!(requests, ["", "A", "A", "B2", "B2"]);
}

#[test]
fn a_thread_inherits_the_request_of_the_one_that_spawned_it() {
    let (go, wait) = mpsc::channel();
    let recording = Story::new().run(move || {
        tell("A begins");
        thread::spawn("io", move || {
            wait.recv().unwrap();
            tell("I/O begins");
        });
        tell("B begins");
        go.send(()).unwrap();
    });
    let recording = recording.unwrap();
    let last = recording.events.last().unwrap();
    assert_eq!((&*last.thread, &*last.request), ("io-1", "A"));
    assert_eq!(recording.threads, 2);
}

#[test]
fn an_event_keeps_the_line_that_told_it() {
    let line = line!() + 1;
    let recording = Story::new().run(|| tell("A begins")).unwrap();
    let place = recording.events[0].place.unwrap();
    assert_eq!(place.line(), line);
    assert!(place.file().ends_with("tests/story.rs"));
}

#[test]
fn a_story_ends_when_its_last_thread_ends() {
    let ended = Arc::new(AtomicUsize::new(0));
    let count = ended.clone();
    Story::new()
        .run(move || {
            for _ in 0..50 {
                let count = count.clone();
                thread::spawn("io", move || count.fetch_add(1, Ordering::Relaxed));
            }
        })
        .unwrap();
    assert_eq!(ended.load(Ordering::Relaxed), 50);
}

/// A7: fifty threads tell two hundred events each; every watched line is whole and in order.
#[test]
fn a7_a_watcher_sees_whole_events_in_the_order_recorded() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let watched = seen.clone();
    let story = Story::new().watch(move |event| watched.lock().unwrap().push(event.clone()));
    let recording = story.run(|| {
        for _ in 0..50 {
            thread::spawn("io", || {
                for n in 0..200 {
                    tell(format!("A tells {n}"));
                }
            });
        }
    });
    let recording = recording.unwrap();
    assert_eq!(*seen.lock().unwrap(), recording.events);
    assert_eq!(recording.events.len(), 10_000);
    assert!(recording.events.is_sorted_by_key(|e| e.at));
    for n in 1..=50 {
        let name = format!("io-{n}");
        let own = recording.events.iter().filter(|e| *e.thread == *name);
        let expected = (0..200).map(|n| format!("A tells {n}"));
        assert!(own.map(|e| e.what.clone()).eq(expected));
    }
}

#[test]
fn time_is_what_the_virtual_clock_says() {
    let clock = VirtualClock::new();
    let hands = clock.clone();
    let story = Story::new().clock(&clock).run(|| {
        tell("A begins");
        hands.advance(Duration::from_micros(1_500));
        tell("A ends");
        hands.advance(Duration::from_secs(1));
    });
    let recording = story.unwrap();
    assert_eq!(recording.when("A ends"), Some(Duration::from_micros(1_500)));
    assert_eq!(recording.length, Duration::from_micros(1_001_500));
}

#[test]
fn a_clock_moved_past_the_end_of_time_stays_there() {
    let clock = VirtualClock::new();
    clock.advance(Duration::MAX);
    clock.advance(Duration::MAX);
    assert_eq!(clock.now(), Duration::from_micros(u64::MAX));
}

#[test]
fn a_panic_on_a_thread_is_an_error_and_the_rest_is_recorded() {
    let story = Story::new().run(|| {
        let io = thread::spawn("io", || panic!("no reply"));
        assert!(io.join().is_err());
        tell("B begins");
    });
    let panicked = story.unwrap_err();
    assert_eq!(panicked.panics, ["io-1: no reply"]);
    assert_eq!(panicked.recording.events.len(), 1);
}

/// As in a process: `main` is gone, so nobody waits for the thread that never ends.
#[test]
fn a_panic_on_main_ends_the_story_at_once() {
    let (never, wait) = mpsc::channel::<()>();
    let story = Story::new().run(|| {
        thread::spawn("io", move || wait.recv());
        panic!("no request");
    });
    assert_eq!(story.unwrap_err().panics, ["main: no request"]);
    drop(never);
}

#[test]
fn a_thread_of_another_making_is_recorded_under_its_own_name() {
    let story = Story::new().run(|| {
        let stranger = std::thread::Builder::new().name("worker".into());
        let stranger = stranger.spawn(|| tell("B begins")).unwrap();
        stranger.join().unwrap();
    });
    assert_eq!(&*story.unwrap().events[0].thread, "worker");
}

#[test]
fn a_story_waits_for_the_threads_that_entered_it() {
    let (entered, has_entered) = mpsc::channel();
    let (end, ended) = mpsc::channel::<()>();
    let story = Story::new().watch(move |_| end.send(()).unwrap_or_default());
    let recording = story.run(|| {
        std::thread::spawn(move || {
            thread::enter("worker");
            thread::enter("twice is once");
            entered.send(()).unwrap();
            ended.recv().unwrap(); // `main` has told its last event
            tell("A ends");
        });
        has_entered.recv().unwrap();
        tell("B ends");
    });
    let recording = recording.unwrap();
    assert_eq!(recording.threads, 2);
    assert_eq!(recording.told_by("worker-1"), ["A ends"]);
}

#[test]
fn to_enter_without_a_story_changes_nothing() {
    let outside = std::thread::spawn(|| {
        thread::enter("worker");
        Story::new().run(|| tell("A begins")).unwrap().threads
    });
    assert_eq!(outside.join().unwrap(), 1);
}

/// Explored threads are held back at each step: one that entered could not be.
#[test]
fn who_enters_an_explored_story_and_tells_is_a_failure() {
    let seen = timeline::Explorer::new().run(|| {
        let stranger = std::thread::spawn(|| {
            thread::enter("worker");
            tell("B begins");
        });
        stranger.join().unwrap();
    });
    assert_eq!(seen.failed, seen.schedules);
}

#[test]
fn outside_a_story_telling_and_spawning_are_plain() {
    tell("A begins");
    let name = thread::spawn("io", || std::thread::current().name().map(str::to_owned));
    assert_eq!(name.join().unwrap().as_deref(), Some("io"));
}

#[test]
#[should_panic(expected = "a story inside a story")]
fn a_story_inside_a_story_is_refused() {
    let inner = || drop(Story::new().run(|| ()));
    let panicked = Story::new().run(inner).unwrap_err();
    panic!("{panicked}");
}
