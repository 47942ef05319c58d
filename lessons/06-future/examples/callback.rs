//! The first shape: a callback as an argument. Say what to call when the reply is there.
//! `cargo run -p lesson-06-future --example callback`

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use slow_server::{Address, SlowServer};

fn fetch(server: Address, callback: impl FnOnce(String) + Send + 'static) {
    thread::spawn(move || callback(server.ask().expect("a reply")));
}

pub(crate) fn run() -> String {
    let server = SlowServer::after(Duration::from_millis(10)).expect("a server");
    let (done, wait) = mpsc::channel();
    fetch(server.address(), move |reply| {
        // On the thread of the I/O. Whatever comes next has to be called from here.
        let _ = done.send(format!("the callback got {reply:?}"));
    });
    wait.recv().expect("the callback was called")
}

fn main() {
    println!("{}", run());
}
