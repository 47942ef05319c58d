//! The third shape: delivery to a queue. Say where to put the reply; whoever empties the queue
//! gets the replies of everybody.
//! `cargo run -p lesson-06-future --example queue`

use std::thread;
use std::time::Duration;

use crossbeam_channel::{Sender, unbounded};
use slow_server::{Address, SlowServer};

fn fetch(server: Address, deliver_to: Sender<String>) {
    thread::spawn(move || deliver_to.send(server.ask().expect("a reply")));
}

pub(crate) fn run() -> String {
    let slow = SlowServer::after(Duration::from_millis(30)).expect("a server");
    let quick = SlowServer::after(Duration::ZERO).expect("a server");
    let (slow, quick) = (slow.replying("slow"), quick.replying("quick"));
    let (sender, queue) = unbounded();
    fetch(slow.address(), sender.clone());
    fetch(quick.address(), sender);
    // On this thread, one after another. The queue ends when the last sender is gone.
    let mut replies: Vec<String> = queue.iter().collect();
    replies.sort(); // so that it prints the same each time
    format!("the queue delivered {replies:?}")
}

fn main() {
    println!("{}", run());
}
