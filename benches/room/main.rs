//! What does a chat room cost? Ours, lesson 12's, beside the same room on axum: both speak the same, and do the same.
//! Only ours looks at names, and has limits of rooms and texts.
//!
//! The servers are processes of their own, so the CPU time and the memory are the server's alone. The clients are here, on
//! one thread: they send masked frames, and check all that they get: of each speaker everything, in order.
//!
//! - *A broadcast* to 1,000 clients. A message is said, and all hear it; or 16 are said at once, by 16 of them, and all hear
//!   all of them. The figure is for each delivery of one message to one client. To reach: more deliveries for each second
//!   of the server's processor than axum's room makes.
//! - *10,000 who say nothing*, in rooms of 100: bytes of the server for each. To reach: less than 15 KB.
//! - *20 who never read*, among 20 who do, while 20,000 messages of 1 KiB are said: how much the server grows. To reach: it
//!   does not, the 20 are cut off, and the others hear all.
//! - *100 who reset their connections* in mid-broadcast, among 200. To reach: the others, the speakers among them, hear all,
//!   and of each who left.
//!
//! The last three are proofs as well: if ours does not bear it, that is a panic, in the smoke run too.

#[path = "../../lessons/12-chat/examples/axum/room.rs"]
mod axums;
mod clients;
#[path = "../cost/mod.rs"]
mod cost;
mod frame;
mod proofs;
mod server;

use std::process::ExitCode;
use std::time::Instant;

use clients::{Clients, SPEAKERS};
use cost::{Ours, PASSES, Question, Row, Spent, Unit, smoke};
use proofs::Proof;
use server::{CONTESTANTS, Contestant, Server};

/// One contestant in a row: rounds in which so many messages are said at once, and heard by so many.
fn broadcast(row: &mut Row<'_>, contestant: &'static Contestant, count: usize, at_once: usize) {
    let mut room = None;
    let mut talk = move |rounds| {
        // Filled in the first call, not when the row is made.
        let (server, clients) = match &mut room {
            Some(room) => room,
            none => none.insert(fill(contestant, count)?),
        };
        let begin = Instant::now();
        let before = server.taken()?;
        for round in 0..rounds {
            let first = round as usize % (SPEAKERS / at_once);
            let speakers: Vec<usize> = (first..first + at_once).collect();
            clients.say_and_hear(&speakers)?;
        }
        let cpu = server.taken()?.cpu - before.cpu;
        let wall = begin.elapsed();
        Ok(Spent { cpu, wall })
    };
    row.time(contestant.kind, contestant.name, move |rounds| {
        let spent: Result<Spent, String> = talk(rounds);
        spent.unwrap_or_else(|why| panic!("{}: {why}", contestant.name))
    });
}

fn fill(contestant: &Contestant, count: usize) -> Result<(Server, Clients), String> {
    let server = Server::start(contestant)?;
    let mut clients = Clients::new(64).map_err(|why| why.to_string())?;
    clients.enter(server.address, "lobby", count)?;
    Ok((server, clients))
}

/// The figure of one contestant, in each pass. If it is ours it has to bear it.
fn proof(
    row: &mut Row<'_>,
    contestant: &'static Contestant,
    unit: Unit,
    prove: impl Fn(&Contestant) -> Proof + 'static,
) {
    row.figures(contestant.kind, contestant.name, unit, move || {
        let once = |_| match prove(contestant) {
            Ok(figure) => figure,
            Err(why) if contestant.kind == Ours => panic!("{}: {why}", contestant.name),
            Err(why) => Err(why),
        };
        (0..if smoke() { 1 } else { PASSES }).map(once).collect()
    });
}

fn main() -> ExitCode {
    cost::alone::raise_the_limit_of_open_files();
    if let Some(code) = server::asked() {
        return code;
    }
    let mut question = Question::new("room");
    let (count, idle) = if smoke() {
        (20, 1_000)
    } else {
        (1_000, 10_000)
    };
    for (at_once, how) in [(1, "one at a time"), (SPEAKERS, "16 at once")] {
        let row = question.row(
            format!("a message to 1,000 clients, {how}"),
            (count * at_once) as u64,
        );
        for contestant in &CONTESTANTS {
            broadcast(row, contestant, count, at_once);
        }
    }
    let row = question.row("bytes for each of 10,000 clients who say nothing", 1);
    for contestant in &CONTESTANTS {
        proof(row, contestant, Unit::Bytes, move |one| {
            proofs::idle(one, idle)
        });
    }
    let row = question.row("growth of the server while 20 clients never read", 1);
    for contestant in &CONTESTANTS {
        proof(row, contestant, Unit::Bytes, proofs::deaf);
    }
    let row = question.row("a message to 100 clients while 100 others are reset", 1);
    for contestant in &CONTESTANTS {
        proof(row, contestant, Unit::CpuTime, proofs::reset);
    }
    question.run();
    ExitCode::SUCCESS
}
