//! A, B and C over the network: `cargo run -p lesson-08-event-loop --example server`, and in other terminals
//! `nc localhost 8000`, and a line: A, B or C.

use std::rc::Rc;
use std::time::Duration;

use ioloop::{IoLoop, TcpListener};
use lesson_08_event_loop::{Requests, listen};
use slow_server::SlowServer;
use timeline::{Story, Style, line};

fn main() {
    let slow = SlowServer::after(Duration::from_secs(5)).expect("a server for A to ask");
    let style = Style::of_terminal();
    let story = Story::new().watch(move |event| println!("{}", line(event, style)));
    let ended = story.run(|| {
        let io_loop = IoLoop::current();
        let requests = Rc::new(Requests::on(io_loop.clone()));
        let listens = io_loop.run_sync(None, async || {
            let listener = TcpListener::bind("127.0.0.1:8000")?;
            println!("listens at {}; A takes 5 s", listener.local_addr()?);
            listen(requests, listener, slow.address()).await
        });
        if let Ok(Err(error)) = listens {
            eprintln!("server: {error}");
        }
    });
    drop(ended);
}
