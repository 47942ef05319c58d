//! What is logged when a peer goes over a limit.

mod wire;

use std::sync::Mutex;

use executor::block_on;
use iostream::IoStream;
use log::{Level, LevelFilter, Log, Metadata, Record};
use wire::wire;

struct Lines(Mutex<Vec<(Level, String)>>);

impl Log for Lines {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        let line = (record.level(), record.args().to_string());
        self.0.lock().unwrap().push(line);
    }

    fn flush(&self) {}
}

static LINES: Lines = Lines(Mutex::new(Vec::new()));

/// G4, G12: in Tornado's words and levels, once each; and nothing of what a peer may do as it likes.
#[test]
fn g4_g12_a_limit_that_is_hit_is_logged() {
    log::set_logger(&LINES).unwrap();
    log::set_max_level(LevelFilter::Trace);
    block_on(async {
        let (end, peer) = wire();
        let stream = IoStream::new(end);
        peer.send(b"too long\n");
        stream.read_until(b"\n", 5).await.unwrap_err();
        stream.read_until(b"\n", 5).await.unwrap_err();

        let (end, peer) = wire();
        let stream = IoStream::new(end);
        stream.set_max_buffer_size(5);
        peer.send(b"too long\n");
        stream.read_until(b"\n", 10).await.unwrap_err();

        let (end, peer) = wire();
        let stream = IoStream::new(end);
        drop(peer);
        stream.read_bytes(1).await.unwrap_err();
        stream.write(b"x").await.unwrap_err();
    });
    let lines = LINES.0.lock().unwrap();
    let [(Level::Info, unsatisfiable), (Level::Error, full)] = &lines[..] else {
        panic!("{lines:?}");
    };
    assert!(
        unsatisfiable.starts_with("Unsatisfiable read"),
        "{unsatisfiable}"
    );
    assert!(
        full.starts_with("Reached maximum read buffer size"),
        "{full}"
    );
}
