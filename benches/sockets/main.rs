//! What does a connection cost? To echo a message on 1, 100 and 1,000 connections, and to wait on 10,000; ours beside
//! tokio and smol, and beside a loop over readiness with nothing around it. With `--features peers` also beside monoio,
//! glommio and compio, which wait by io_uring. All are on one thread, but for tokio's runtime for many, which has two.
//!
//! Everybody does the same: connections are accepted by the standard library and handed over; for each there is a task
//! that reads into a buffer of 1 KiB, which is part of it, and writes what it has read. A message has 64 bytes. What the
//! kernel keeps for a connection, or for a read that it was asked for, is in no figure.
//!
//! The clients are a process of their own, so the CPU time is the server's. They send a message on each connection, then
//! take all the echoes, then begin anew. How many of them the server finds ready at once is up to the system, and to the
//! second core, if there is one: so are the system calls, which are most of the time. The instructions in user space are
//! counted by valgrind, in runs of their own, and are what the server itself adds. (Not for one connection: valgrind is so
//! slow that the next message is there before the server has looked, and nobody ever waits.)
//!
//! To reach: the CPU time of the bare loop, and 5 percent; half of tokio's instructions; 1,240 bytes for a connection.

mod alone;
mod bare;
mod clients;
mod contestants;
#[path = "../cost/mod.rs"]
mod cost;
mod echo;
#[cfg(feature = "peers")]
mod uring;

use std::process::ExitCode;

use bare::Bare;
use contestants::{Ours, Server, Smol, Tokio, TokioMany};
use cost::{Question, Row, Spent, Unit, smoke};
#[cfg(feature = "peers")]
use uring::{Compio, Glommio, Monoio};

/// One contestant in a row: its CPU time, and its instructions.
fn echoes<S: Server>(row: &mut Row<'_>, connections: usize) {
    if let Err(why) = S::new(Vec::new()) {
        row.absent(S::KIND, S::NAME, why);
        return;
    }
    let mut both = None;
    row.time(S::KIND, S::NAME, move |rounds| {
        // Made in the first call, not when the row is: nobody waits beside the others before its turn.
        let (server, clients) = both.get_or_insert_with(|| {
            let (clients, streams) = clients::connect(connections).unwrap();
            (S::new(streams).unwrap(), clients)
        });
        echo::begin(rounds * connections as u64);
        // The clients are told inside, because a server with threads of its own begins when they do.
        let spent = Spent::in_(|| {
            clients.begin(rounds).unwrap();
            server.echo();
        });
        clients.end().unwrap();
        spent
    });
    if connections > 1 {
        row.figure(S::KIND, S::NAME, Unit::Instructions, move || {
            alone::instructions(S::NAME, connections)
        });
    }
}

fn main() -> ExitCode {
    cost::alone::raise_the_limit_of_open_files();
    if let Some(code) = clients::asked().or_else(alone::asked) {
        return code;
    }
    let mut question = Question::new("sockets");
    for connections in [1, 100, 1_000] {
        let (connections, name) = match connections {
            1 => (1, "echo, 1 connection".to_owned()),
            _ if smoke() => (10, format!("echo, {connections} connections")),
            1_000 => (1_000, "echo, 1,000 connections".to_owned()),
            _ => (connections, format!("echo, {connections} connections")),
        };
        let row = question.row(name, connections as u64);
        echoes::<Bare>(row, connections);
        echoes::<Ours>(row, connections);
        echoes::<Tokio>(row, connections);
        echoes::<TokioMany>(row, connections);
        echoes::<Smol>(row, connections);
        #[cfg(feature = "peers")]
        {
            echoes::<Monoio>(row, connections);
            echoes::<Glommio>(row, connections);
            echoes::<Compio>(row, connections);
        }
    }
    let many = if smoke() { 10 } else { 10_000 };
    let row = question.row("bytes for each of 10,000 connections that wait", 1);
    for (kind, name) in alone::everybody() {
        row.figures(kind, name, Unit::Bytes, move || alone::held(name, many));
    }
    question.run();
    ExitCode::SUCCESS
}
