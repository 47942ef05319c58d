//! The law: over real sockets; and in memory, in every order in which requests, pieces of the answer, the end of A's time
//! and the end of its client can come, wherever the pieces are cut.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use ioloop::{IoLoop, JoinHandle, sleep, spawn};
use lesson::{Choices, Events, Proof, Proved, prove, prove_every_choice, refute_every_choice};
use lesson_01_blocking::{request_b, request_c};
use lesson_11_http::{ARRIVALS, LESSON, Quick, application, serve};
use timeline::{Story, tell};
use web::{
    Application, AsyncHttpClient, ClientOptions, Handler, HttpError, HttpRequest, Reply, Request,
    Server, StatusCode,
};

#[path = "../../../crates/web/tests/wire/mod.rs"]
mod wire;

use wire::{LOCAL, Peer, wire};

/// A6: with real sockets, and one thread.
#[test]
fn a6_the_law_holds() {
    let proof = Proof {
        orders: 1,
        while_io_lasts: 1,
    };
    assert_eq!(prove(&LESSON.law, serve), proof);
}

const SERVICE: &str = "http://service/where";

/// What the service sends.
const ANSWER: &str = "HTTP/1.1 200 OK\r\nContent-Length: 57\r\n\r\n\
    {\"ret\":1,\"country\":\"\",\"province\":\"\",\"city\":\"io result\"}  ";

#[derive(Clone, Copy)]
enum Step {
    A,
    B,
    C,
    /// So much of the answer as comes at once.
    Piece(&'static str),
    /// The client's 20 seconds, and one more.
    TimeIsUp,
    ClientGoes,
}

/// What is held to the law.
struct Program {
    server: fn(AsyncHttpClient) -> Application,
    shared: bool,
    /// Where the answer may be cut.
    cuts: Vec<usize>,
}

/// Three clients, and the service that A's handler asks.
struct Outside {
    server: Server,
    /// Whether the clients have one connection for all.
    shared: bool,
    service: Rc<RefCell<Option<Peer>>>,
    clients: Vec<(&'static str, Peer)>,
    served: Vec<JoinHandle<()>>,
}

impl Outside {
    fn new(program: Program) -> Outside {
        let service = Rc::new(RefCell::new(None));
        let far_ends = service.clone();
        let client = AsyncHttpClient::connecting_by(ClientOptions::default(), move |_| {
            let (near, far) = wire(1 << 16);
            *far_ends.borrow_mut() = Some(Peer::new(far));
            std::future::ready(Ok(near))
        });
        Outside {
            server: Server::new((program.server)(client)),
            shared: program.shared,
            service,
            clients: Vec::new(),
            served: Vec::new(),
        }
    }

    async fn request(&mut self, name: &'static str) {
        let request = format!("GET /{name} HTTP/1.1\r\nHost: localhost\r\n\r\n");
        if self.shared
            && let Some((_, peer)) = self.clients.first_mut()
        {
            return peer.send(request).await;
        }
        let (near, far) = wire(1 << 16);
        self.served.push(spawn(self.server.serve(far, LOCAL)));
        let mut peer = Peer::new(near);
        peer.send(request).await;
        self.clients.push((name, peer));
    }

    /// Has it happen, until nothing more comes of it: time goes on when nobody is ready.
    async fn step(&mut self, step: Step) {
        match step {
            Step::A => self.request("A").await,
            Step::B => self.request("B").await,
            Step::C => self.request("C").await,
            Step::Piece(piece) => {
                let service = self.service.borrow_mut().take();
                let mut service = service.expect("A has asked the service");
                assert!(service.try_send(piece).await, "A has closed its connection");
                *self.service.borrow_mut() = Some(service);
            }
            Step::TimeIsUp => sleep(Duration::from_secs(21)).await,
            Step::ClientGoes => self.clients.retain(|(name, _)| *name != "A"),
        }
        sleep(Duration::from_millis(1)).await;
    }
}

/// A, B and C come as is chosen; the answer in one piece or two, cut anywhere. After any piece that is not the last, A's
/// time may be up, or its client go. What happens between two steps is one event.
fn run(choices: &Choices, program: Program) -> Events {
    let told = Arc::new(AtomicUsize::new(0));
    let count = told.clone();
    let mut steps = Vec::new();
    let story = Story::new().watch(move |_| {
        count.fetch_add(1, Ordering::Relaxed);
    });
    let recording = story.run(|| {
        let io_loop = IoLoop::virtual_time().unwrap();
        io_loop.make_current();
        io_loop.block_on(async {
            let cut = program.cuts[choices.choose(program.cuts.len())];
            let (first, second) = ANSWER.split_at(cut);
            let mut outside = Outside::new(program);
            let last = match choices.choose(if second.is_empty() { 1 } else { 3 }) {
                0 => Step::Piece(second),
                1 => Step::TimeIsUp,
                _ => Step::ClientGoes,
            };
            let mut next = vec![last, Step::Piece(first)];
            next.retain(|step| !matches!(step, Step::Piece("")));
            let mut left = vec![Step::A, Step::B, Step::C];
            while !left.is_empty() {
                let step = left.remove(choices.choose(left.len()));
                outside.step(step).await;
                if !matches!(step, Step::B | Step::C) {
                    left.extend(next.pop());
                }
                steps.push(told.load(Ordering::Relaxed));
            }
            outside.hold_to_their_replies(last).await;
        });
        io_loop.close();
    });
    let recording = match recording {
        Ok(recording) => recording,
        Err(panicked) => panic!("{}", panicked.panics.join("; ")),
    };
    let told = recording.told();
    let mut from = 0;
    let mut events = Events::new();
    for to in steps {
        if from < to {
            // Why it failed or left is told behind the colon.
            let step = told[from..to]
                .iter()
                .map(|it| it.split(": ").next().unwrap());
            let step = step.collect::<Vec<_>>().join(", ");
            // The I/O is A's.
            let request = if step.starts_with("I/O") {
                "A"
            } else {
                &step[..1]
            };
            events.push((request.to_owned(), step));
        }
        from = to;
    }
    events
}

impl Outside {
    /// Each client has its reply, with the status that it should have.
    async fn hold_to_their_replies(mut self, last: Step) {
        let of_a = match last {
            Step::TimeIsUp => 504,
            _ => 200,
        };
        self.server.shutdown(Duration::ZERO).await;
        for (name, peer) in &mut self.clients {
            let status = if *name == "A" { of_a } else { 200 };
            let reply = peer.rest().await;
            let has = reply.starts_with(&format!("HTTP/1.1 {status} "));
            assert!(has, "{name} has not got its {status}, but {reply:?}");
        }
        for served in self.served {
            served.await.unwrap();
        }
    }
}

/// A6, D8: of A, B, C and the end of A there are 12 orders, for each of its three ends.
#[test]
fn a6_requests_and_the_answer_come_when_they_like() {
    let length = ANSWER.len();
    let proved = prove_every_choice(&ARRIVALS, |choices| {
        let program = Program {
            server: |client| application(client, SERVICE),
            shared: false,
            cuts: (0..=length).collect(),
        };
        run(choices, program)
    });
    // Two pieces or one; or none or one, and then the end of the time, or of the client.
    let cut = (length - 1) * 20;
    let runs = (2 * 12 + cut) + 2 * (12 + cut);
    assert_eq!(proved, Proved { runs, orders: 36 });
}

/// What is wrong with this server, or with these clients.
fn refute(server: fn(AsyncHttpClient) -> Application, shared: bool) -> String {
    refute_every_choice(&ARRIVALS, |choices| {
        let cuts = vec![0, 40, ANSWER.len()];
        let program = Program {
            server,
            shared,
            cuts,
        };
        run(choices, program)
    })
}

fn with_a<H: Handler>(request_a: impl Fn() -> H + 'static) -> Application {
    Application::new()
        .route("/A", request_a)
        .route("/B", || Quick(request_b))
        .route("/C", || Quick(request_c))
}

/// A whose client does without what web's gives it.
struct Careless {
    client: AsyncHttpClient,
    /// Whether it waits for ever.
    patient: bool,
}

impl Handler for Careless {
    async fn get(&mut self, _: &mut Request, reply: &mut Reply) -> web::Result {
        let mut request = HttpRequest::new(SERVICE);
        if self.patient {
            request = request
                .request_timeout(Duration::MAX)
                .first_byte_timeout(Duration::MAX);
        }
        let client = self.client.clone();
        // A task of its own outlives the client that it is for.
        let answered = spawn(async move {
            ["A begins", "I/O begins", "A suspended"]
                .into_iter()
                .for_each(tell);
            let fetched = client.fetch(request).await;
            let ends: &[_] = match &fetched {
                Ok(_) => &["I/O ends", "A resumed with \"io result\"", "A ends"],
                Err(_) => &["A fails"],
            };
            ends.iter().copied().for_each(tell);
            fetched.map(drop)
        });
        let gateway = |_| HttpError::new(StatusCode::GATEWAY_TIMEOUT);
        answered.await?.map_err(gateway)?;
        reply.write("done");
        Ok(())
    }
}

#[test]
fn planted_an_a_that_goes_on_without_its_client_is_caught() {
    let careless = |client: AsyncHttpClient| {
        with_a(move || Careless {
            client: client.clone(),
            patient: false,
        })
    };
    let broken = refute(careless, false);
    // It is the third end that it has not come to.
    assert!(broken.starts_with("missing: "), "{broken}");
    assert!(broken.contains("choices: 0 of 3, 2 of 3"), "{broken}");
}

#[test]
fn planted_an_a_that_waits_for_ever_is_caught() {
    let careless = |client: AsyncHttpClient| {
        with_a(move || Careless {
            client: client.clone(),
            patient: true,
        })
    };
    let broken = refute(careless, false);
    assert!(
        broken.contains("A has not got its 504, but \"\""),
        "{broken}"
    );
}

/// HTTP/1.1 answers in the order of the requests: on one connection B and C wait for A.
#[test]
fn planted_requests_that_share_a_connection_are_caught() {
    let broken = refute(|client| application(client, SERVICE), true);
    assert!(
        broken.contains("A ends, B begins, B ends, C begins, C ends"),
        "{broken}"
    );
}

#[test]
fn the_notes_say_how_many_ways_there_are() {
    let notes = include_str!("../README.md").replace('\n', " ");
    let length = ANSWER.len();
    let runs = 2 * 12 + 2 * 12 + 3 * 20 * (length - 1);
    let runs = format!("{},{:03} runs", runs / 1000, runs % 1000);
    for figure in [&format!("has {length} bytes"), &runs, "36 orders"] {
        assert!(notes.contains(figure), "{figure}");
    }
}
