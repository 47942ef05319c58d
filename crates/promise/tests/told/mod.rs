//! What a program tells, first to last, each event with its thread: `main: A begins`.

use timeline::Story;

pub(crate) fn told(program: impl FnOnce()) -> Vec<String> {
    let recording = Story::new().run(program).expect("no thread panics");
    let events = recording.events.iter();
    events
        .map(|e| format!("{}: {}", e.thread, e.what))
        .collect()
}
