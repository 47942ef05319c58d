//! What the loop does, turn by turn: `cargo run -p lesson-08-event-loop --example turns`

use std::cell::RefCell;
use std::fmt::Write;
use std::rc::Rc;

use executor::{Event as OfTask, TaskId};
use ioloop::{Event, IoLoop};
use lesson_01_blocking::{request_b, request_c};
use lesson_08_event_loop::request_a;
use reactor::Event as OfReactor;
use slow_server::SlowServer;

/// A, B and C as tasks 1, 2 and 3, and what the loop says of itself meanwhile.
pub(crate) fn report() -> String {
    let (server, gate) = SlowServer::gated().expect("a server");
    let said = Rc::new(RefCell::new(String::new()));
    let say = said.clone();
    let mut sleeps = 0;
    let gate = RefCell::new(move || {
        sleeps += 1;
        // The first sleep is for the connection, the second for the reply.
        if sleeps == 2 {
            gate.open();
        }
    });
    let io_loop = IoLoop::new().expect("a loop");
    io_loop.record(Some(Rc::new(move |event| {
        let mut said = say.borrow_mut();
        let written = match event {
            Event::Task(OfTask::Ready(task)) => writeln!(said, "    ready: {}", name(task)),
            Event::Task(OfTask::Poll(task)) => writeln!(said, "poll {}", name(task)),
            Event::Task(OfTask::Pending(_)) => writeln!(said, "    it waits"),
            Event::Task(OfTask::Done(_)) => writeln!(said, "    it is over"),
            Event::Reactor(OfReactor::Park) => {
                gate.borrow_mut()();
                writeln!(said, "sleep")
            }
            Event::Reactor(OfReactor::Ready(..)) => writeln!(said, "    A's socket is ready"),
            _ => Ok(()),
        };
        written.expect("a String takes it");
    })));
    io_loop.block_on(async {
        let a = ioloop::spawn(request_a("A", server.address()));
        let b = ioloop::spawn(async { request_b() });
        let c = ioloop::spawn(async { request_c() });
        a.await.expect("A does not panic").expect("a reply");
        b.await.expect("B does not panic");
        c.await.expect("C does not panic");
    });
    io_loop.record(None);
    said.take()
}

fn name(task: TaskId) -> String {
    match &*task.to_string() {
        "0" => "main".to_owned(),
        "1" => "A".to_owned(),
        "2" => "B".to_owned(),
        "3" => "C".to_owned(),
        other => other.to_owned(),
    }
}

fn main() {
    print!("{}", report());
}
