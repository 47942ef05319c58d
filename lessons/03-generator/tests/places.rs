//! Each event keeps the line of the lesson that told it, also across a resume.

use std::time::Duration;

use lesson_03_generator::serve;
use slow_server::SlowServer;
use timeline::Story;

#[test]
fn every_event_of_a_is_told_by_its_own_line() {
    let server = SlowServer::after(Duration::from_millis(1)).unwrap();
    let address = server.address();
    let recording = Story::new().run(|| serve(address)).unwrap();
    for event in recording.events.iter().filter(|e| e.what.starts_with("A ")) {
        let place = event.place.unwrap();
        let file = std::fs::read_to_string(format!("../../{}", place.file())).unwrap();
        let line = file.lines().nth(place.line() as usize - 1).unwrap();
        assert!(line.contains("tell("), "{} at {place}: {line}", event.what);
        let words = event.what.split(' ').nth(1).unwrap();
        assert!(line.contains(words), "{} at {place}: {line}", event.what);
    }
}
