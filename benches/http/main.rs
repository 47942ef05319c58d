//! What does a request cost? To say hello over HTTP on 1 and 100 connections that are kept; ours beside hyper and axum on
//! tokio, and beside a loop over readiness that knows of HTTP that a request ends with a blank line.
//!
//! Everybody accepts connections from a listener of its own, sends the same reply, the same headers in the same order,
//! and logs nothing; the clients compare each reply, but for its date. A request has its two lines, as a load generator
//! sends them: what a framework adds weighs most then. The limits and time-outs of web are on, which hyper alone has not.
//!
//! The clients are a process of their own, so the CPU time is the server's. They ask on each connection, then take all the
//! replies, then begin anew: as many requests for each CPU second are served as the CPU time of one goes into it. The
//! instructions in user space are counted by valgrind, in runs of their own. (Not for one connection: see sockets.)
//!
//! To reach: as many requests of web's for each CPU second as hyper serves on tokio.

mod alone;
mod bare;
mod clients;
mod contestants;
#[path = "../cost/mod.rs"]
mod cost;
mod futures_io;
mod hello;

use std::io;
use std::net::TcpListener;
use std::process::ExitCode;
use std::thread;

use bare::Bare;
use contestants::{Axum, AxumOnMany, HyperHere, HyperOnTokio, Server, Web};
use cost::orders::Orders;
use cost::{Question, Row, Spent, Unit, smoke};

/// Starts a server on a thread of its own, which ends with the process, and its clients. Each has asked once when this
/// returns.
fn serve<S: Server>(clients: usize, at_once: usize) -> io::Result<Orders> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    thread::spawn(move || S::serve(listener).expect(S::NAME));
    let mut clients = clients::start(address, clients, at_once)?;
    clients.begin(1)?;
    clients.end()?;
    Ok(clients)
}

/// One contestant in a row: its CPU time, and its instructions.
fn says_hello<S: Server>(row: &mut Row<'_>, clients: usize, at_once: usize) {
    let mut asking = None;
    row.time(S::KIND, S::NAME, move |rounds| {
        // Made in the first call, not when the row is.
        let clients = asking.get_or_insert_with(|| serve::<S>(clients, at_once).unwrap());
        Spent::in_(|| {
            clients.begin(rounds).unwrap();
            clients.end().unwrap();
        })
    });
    if clients > 1 {
        row.figure(S::KIND, S::NAME, Unit::Instructions, move || {
            alone::instructions(S::NAME, clients, at_once)
        });
    }
}

fn main() -> ExitCode {
    if let Some(code) = clients::asked().or_else(alone::asked) {
        return code;
    }
    let mut question = Question::new("http");
    let many = if smoke() { 10 } else { 100 };
    let rows = [
        ("hello, 1 connection", 1, 1),
        ("hello, 100 connections", many, 1),
        ("hello, 100 connections, 16 requests at once", many, 16),
    ];
    for (name, clients, at_once) in rows {
        let row = question.row(name, (clients * at_once) as u64);
        says_hello::<Bare>(row, clients, at_once);
        says_hello::<Web>(row, clients, at_once);
        says_hello::<HyperOnTokio>(row, clients, at_once);
        says_hello::<Axum>(row, clients, at_once);
        says_hello::<AxumOnMany>(row, clients, at_once);
    }
    let row = question.row("hello, 100 connections, hyper alone", many as u64);
    says_hello::<HyperHere>(row, many, 1);
    says_hello::<HyperOnTokio>(row, many, 1);
    question.run();
    ExitCode::SUCCESS
}
