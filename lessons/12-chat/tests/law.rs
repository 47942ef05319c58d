//! The law: on real connections; and whenever the reply to A comes.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use executor::{OneReceiver, oneshot};
use ioloop::{IoLoop, spawn, yield_now};
use lesson::{Choices, Events, Proved, prove_every_choice, refute_every_choice};
use lesson_12_chat::{LESSON, Member, Rooms, Rules, serve, story, talk};
use slow_server::SlowServer;
use timeline::{Story, tell};
use web::{
    Application, AsyncHttpClient, ClientOptions, Closed, Message, Request, Server, WebSocket,
    WebSocketHandler,
};

#[path = "../../../crates/web/tests/wire/mod.rs"]
mod wire;

use wire::LOCAL;

fn events(recording: timeline::Recording) -> Events {
    let events = recording.events.into_iter();
    events
        .map(|event| (event.thread.to_string(), event.what))
        .collect()
}

/// A6, K2: three real connections, and a reply that is held back until all have talked.
#[test]
fn a6_the_law_holds_on_real_connections() {
    let (server, gate) = SlowServer::gated().unwrap();
    let address = server.address();
    let story = Story::new().watch(move |event| {
        if event.what == "C ends" {
            gate.open();
        }
    });
    let told = events(story.run(move || serve(address)).unwrap());
    LESSON.law.check_while_io_lasts(&told).unwrap();
}

/// More than it takes until C has talked, if nobody waits.
const MANY: usize = 20;

/// Has A, B and C talk in `rooms`, over wires in memory. The reply comes at one of the turns that the loop makes: after
/// none, one, two, ... from A's asking on, at the latest when C has talked.
fn whenever_it_comes(
    choices: &Choices,
    rooms: impl FnOnce(Rc<RefCell<Option<OneReceiver<()>>>>) -> Application,
) -> Events {
    let asked = Arc::new(AtomicBool::new(false));
    let talked = Arc::new(AtomicBool::new(false));
    let (asks, talks) = (asked.clone(), talked.clone());
    let watched = Story::new().watch(move |event| match &*event.what {
        "I/O begins" => asks.store(true, Ordering::Relaxed),
        "C ends" => talks.store(true, Ordering::Relaxed),
        _ => {}
    });
    let recording = watched.run(|| {
        let io_loop = IoLoop::virtual_time().unwrap();
        io_loop.block_on(async {
            let (gate, opened) = oneshot();
            let server = Server::new(rooms(Rc::new(RefCell::new(Some(opened)))));
            let connect = move |_| {
                let (near, far) = wire::wire(1 << 20);
                drop(spawn(server.serve(far, LOCAL)));
                async move { Ok(near) }
            };
            let client = AsyncHttpClient::connecting_by(ClientOptions::default(), connect);
            let talking = spawn(async move { talk(&client, "ws://localhost").await.unwrap() });
            while !asked.load(Ordering::Relaxed) && !talked.load(Ordering::Relaxed) {
                yield_now().await;
            }
            let mut turns = 0;
            while !talked.load(Ordering::Relaxed) && turns < MANY && choices.choose(2) == 0 {
                yield_now().await;
                turns += 1;
            }
            let _ = gate.send(());
            talking.await.unwrap();
        });
        io_loop.close();
    });
    events(recording.unwrap())
}

/// A's I/O: the gate.
async fn gated(gate: Rc<RefCell<Option<OneReceiver<()>>>>) -> Result<String, String> {
    tell("I/O begins");
    let gate = gate.take().expect("A asks once");
    gate.await.unwrap();
    tell("I/O ends");
    Ok("io result".to_owned())
}

#[test]
fn a6_the_law_holds_whenever_the_reply_comes() {
    let proved = prove_every_choice(&LESSON.law, |choices| {
        whenever_it_comes(choices, |gate| story(move || gated(gate.clone())))
    });
    assert_eq!(proved, PROVED);
}

const PROVED: Proved = Proved {
    runs: 10,
    orders: 3,
};

/// A member of a room with a mistake in it, and the story of what he says.
struct Planted {
    member: Member,
    mistake: Mistake,
    gate: Rc<RefCell<Option<OneReceiver<()>>>>,
    /// Held while a message is at work.
    lock: Rc<Cell<bool>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mistake {
    /// What A asks is told when the answer is there.
    AnswersFirst,
    /// One message at a time, whoever sends it.
    OneForAll,
}

impl WebSocketHandler for Planted {
    async fn open(&mut self, socket: &WebSocket, request: Request) -> web::Result {
        self.member.open(socket, request).await
    }

    async fn on_message(&mut self, socket: &WebSocket, message: Message) -> web::Result {
        let name = self.member.name().unwrap();
        tell(format!("{name} begins"));
        while self.lock.get() {
            yield_now().await;
        }
        self.lock.set(self.mistake == Mistake::OneForAll);
        if name != "A" {
            self.member.on_message(socket, message).await?;
        } else if self.mistake == Mistake::AnswersFirst {
            self.asks().await;
            self.member.on_message(socket, message).await?;
        } else {
            self.member.on_message(socket, message).await?;
            self.asks().await;
        }
        self.lock.set(false);
        tell(format!("{name} ends"));
        Ok(())
    }

    fn on_close(&mut self, closed: &Closed) {
        self.member.on_close(closed);
    }
}

impl Planted {
    async fn asks(&self) {
        tell("I/O begins");
        tell("A suspended");
        let gate = self.gate.take().expect("A asks once");
        gate.await.unwrap();
        tell("I/O ends");
        tell("A resumed with \"io result\"");
    }
}

fn planted(mistake: Mistake) -> impl FnMut(&Choices) -> Events {
    move |choices| {
        whenever_it_comes(choices, |gate| {
            let rooms = Rooms::new(Rules::default());
            let lock = Rc::new(Cell::new(false));
            Application::new().websocket("/ws", move || Planted {
                member: Member::new(rooms.clone()),
                mistake,
                gate: gate.clone(),
                lock: lock.clone(),
            })
        })
    }
}

/// No order is wrong, but B hears nothing of A while the I/O lasts: two orders never come.
#[test]
#[should_panic(expected = "orders seen and allowed")]
fn planted_a_question_that_is_told_with_its_answer_is_caught() {
    prove_every_choice(&LESSON.law, planted(Mistake::AnswersFirst));
}

/// A lock that is held over an await.
#[test]
fn planted_a_lock_that_is_held_while_a_waits_is_caught() {
    let broken = refute_every_choice(&LESSON.law, planted(Mistake::OneForAll));
    assert!(broken.starts_with("'I/O ends' came before "), "{broken}");
}
