//! What happens outside the loop, one choice after another: sockets, real ones, become ready when and in the order in
//! which the test chooses, and the clock is moved.

use std::cell::RefCell;
use std::io::Write;
use std::net;
use std::rc::Rc;

use ioloop::{Batch, IoLoop, Then};
use lesson::{Choices, Events};
use reactor::SourceId;
use slow_server::Address;
use timeline::{Activity, Story};

/// What can become ready, or due.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Event {
    /// A line comes over the connection of a client.
    Request(&'static str),
    /// A's connection to its server is there.
    Connected,
    /// The first part of the reply to A.
    Half,
    /// What is left of the reply.
    Whole,
    /// The time is up that A has to connect.
    Timer,
}

const REPLY: &[u8] = b"io result\n";

/// The outside of one run.
pub(crate) struct Outside {
    choices: Choices,
    /// Those that have not yet sent their request, and the loop's end of their connections.
    clients: Vec<(&'static str, net::TcpStream, SourceId)>,
    /// The loop's ends of all connections of clients.
    known: Vec<SourceId>,
    /// Kept open until the end.
    served: Vec<net::TcpStream>,
    /// A's server, which answers when it is chosen.
    server: net::TcpListener,
    asked: Option<net::TcpStream>,
    of_a: Option<SourceId>,
    connected: bool,
    /// A has its reply, or has given up.
    over: bool,
    sent: usize,
    /// Whether the time may be up before A is connected.
    pub(crate) in_time: bool,
    /// What is told in this poll, in this order, as soon as the system knows of all of it.
    next: Vec<Event>,
}

impl Outside {
    fn new(choices: &Choices) -> Outside {
        Outside {
            choices: choices.clone(),
            clients: Vec::new(),
            known: Vec::new(),
            served: Vec::new(),
            server: net::TcpListener::bind("127.0.0.1:0").unwrap(),
            asked: None,
            of_a: None,
            connected: false,
            over: false,
            sent: 0,
            in_time: false,
            next: Vec::new(),
        }
    }

    /// Has the loop of this thread wait for a client's request: gives its end of the connection.
    pub(crate) fn client(&mut self, name: &'static str) -> ioloop::TcpStream {
        let listener = net::TcpListener::bind("127.0.0.1:0").unwrap();
        let client = net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let accepted = listener.accept().unwrap().0;
        let accepted = ioloop::TcpStream::from_std(accepted).unwrap();
        self.known.push(accepted.id());
        self.clients.push((name, client, accepted.id()));
        accepted
    }

    /// Where A asks.
    pub(crate) fn server(&self) -> Address {
        self.server.local_addr().unwrap().into()
    }

    /// What can happen now, that does not wait for what is chosen already for this poll.
    fn possible(&self, batch: &Batch, chosen: &[Event]) -> Vec<Event> {
        let mut possible = Vec::new();
        for (name, ..) in &self.clients {
            possible.push(Event::Request(name));
        }
        if self.of_a.is_some() && !self.over {
            if !self.connected {
                possible.push(Event::Connected);
            }
            let sent = self.sent + bytes(chosen);
            // As one event: the system says of a socket once that it is readable.
            if bytes(chosen) == 0 && sent < REPLY.len() {
                possible.push(Event::Whole);
                if sent == 0 {
                    possible.push(Event::Half);
                }
            }
        }
        if !self.in_time && batch.next_deadline().is_some() {
            possible.push(Event::Timer);
        }
        possible.retain(|event| !chosen.contains(event));
        possible
    }

    /// Chooses what is told next: one or more, in an order.
    fn choose(&mut self, batch: &Batch) {
        let mut chosen = Vec::new();
        loop {
            let mut possible = self.possible(batch, &chosen);
            let enough = !chosen.is_empty();
            assert!(
                enough || !possible.is_empty(),
                "the program waits, and nothing can happen"
            );
            let ways = possible.len() + usize::from(enough);
            let way = self.choices.choose(ways);
            if way == possible.len() {
                break;
            }
            chosen.push(possible.swap_remove(way));
            if chosen.last() == Some(&Event::Timer) {
                break; // which comes after whatever is ready in the same poll
            }
        }
        for event in &chosen {
            self.make(event);
        }
        self.next = chosen;
    }

    /// Has it happen, outside.
    fn make(&mut self, event: &Event) {
        match event {
            Event::Request(name) => {
                let (_, client, _) = self.clients.iter_mut().find(|it| it.0 == *name).unwrap();
                client.write_all(format!("{name}\n").as_bytes()).unwrap();
            }
            Event::Half | Event::Whole => {
                let server = &self.server;
                let asked = self.asked.get_or_insert_with(|| server.accept().unwrap().0);
                let end = if *event == Event::Half {
                    REPLY.len() / 2
                } else {
                    REPLY.len()
                };
                asked.write_all(&REPLY[self.sent..end]).unwrap();
                self.sent = end;
            }
            Event::Connected | Event::Timer => {}
        }
    }

    /// The hook: between the system and the loop.
    fn poll(&mut self, batch: &mut Batch) -> Then {
        // That a connection of a client may be written to is no news.
        let ours = |id: &SourceId| self.known.contains(id);
        let idle = batch
            .ready()
            .iter()
            .position(|(id, what)| ours(id) && !what.is_readable());
        if let Some(index) = idle {
            batch.deliver(index);
            return Then::Return;
        }
        if self.of_a.is_none() {
            let of_a = batch.ready().iter().find(|(id, _)| !ours(id));
            self.of_a = of_a.map(|(id, _)| *id);
        }
        if !batch.may_wait() {
            return Then::Return;
        }
        if self.next.is_empty() {
            // A has asked to be connected: the system says at once, or soon, that it is.
            if self.of_a.is_none() && batch.next_deadline().is_some() {
                return Then::Wait;
            }
            self.choose(batch);
        }
        let of_a = self.of_a;
        let source = |event: &Event| match event {
            Event::Request(name) => self.clients.iter().find(|it| it.0 == *name).map(|it| it.2),
            Event::Connected | Event::Half | Event::Whole => of_a,
            Event::Timer => None,
        };
        let wanted: Vec<(SourceId, bool)> = self
            .next
            .iter()
            .filter_map(|event| Some((source(event)?, *event != Event::Connected)))
            .collect();
        let there = |(id, readable): &(SourceId, bool)| {
            let mut ready = batch.ready().iter();
            ready.any(|(ready, what)| ready == id && (what.is_readable() || !readable))
        };
        if !wanted.iter().all(there) {
            return Then::Wait;
        }
        for (id, _) in wanted {
            // The connection and the reply are one event, if both are told at once.
            if let Some(index) = batch.ready().iter().position(|(ready, _)| *ready == id) {
                batch.deliver(index);
            }
        }
        let chosen = std::mem::take(&mut self.next);
        let of_a = |event: &Event| !matches!(event, Event::Request(_) | Event::Timer);
        self.connected |= chosen.iter().any(of_a);
        // If A is connected and its time is up in one poll, it is connected.
        let late = chosen.contains(&Event::Timer) && !self.connected;
        self.over |= late || self.sent == REPLY.len();
        let sent = |it: &mut (&'static str, _, _)| chosen.contains(&Event::Request(it.0));
        let sent = self.clients.extract_if(.., sent);
        self.served.extend(sent.map(|(_, client, _)| client));
        match chosen.contains(&Event::Timer) {
            true => Then::Jump,
            false => Then::Return,
        }
    }
}

fn bytes(chosen: &[Event]) -> usize {
    match chosen {
        _ if chosen.contains(&Event::Whole) => REPLY.len(),
        _ if chosen.contains(&Event::Half) => REPLY.len() / 2,
        _ => 0,
    }
}

/// Runs `program` as a story, on a loop of its own, and gives its events.
pub(crate) fn run(choices: &Choices, program: impl FnOnce(&RefCell<Outside>)) -> Events {
    let io_loop = IoLoop::virtual_time().unwrap();
    io_loop.make_current();
    let outside = Rc::new(RefCell::new(Outside::new(choices)));
    let hook = outside.clone();
    io_loop.steer(move |batch| hook.borrow_mut().poll(batch));
    let recording = Story::new().run(|| program(&outside));
    io_loop.close();
    let events = match recording {
        Ok(recording) => recording.events,
        Err(panicked) => panic!("{}", panicked.panics.join("; ")),
    };
    let events = events.into_iter();
    events
        .map(|event| (event.thread.to_string(), event.what))
        .collect()
}

/// The same, with what happens from one wait to the next as one event of its request.
pub(crate) fn run_in_steps(choices: &Choices, program: impl FnOnce(&RefCell<Outside>)) -> Events {
    let mut steps: Events = Vec::new();
    let mut goes_on = false;
    for (thread, what) in run(choices, program) {
        let event = timeline::Event {
            at: Default::default(),
            thread: thread.into(),
            request: "".into(),
            what,
            place: None,
        };
        // Why it failed has a port in it, each time another.
        let what = event.what.split(": ").next().unwrap();
        let what = if what == "A fails" { what } else { &event.what };
        match steps.last_mut() {
            Some((_, step)) if goes_on => *step += &format!(", {what}"),
            _ => steps.push((String::new(), what.to_owned())),
        }
        goes_on = event.activity() > Activity::Suspended;
    }
    for (request, step) in &mut steps {
        // The I/O is A's, and nobody else's.
        *request = if step.starts_with("I/O") {
            "A"
        } else {
            &step[..1]
        }
        .to_owned();
    }
    steps
}
